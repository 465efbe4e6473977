using SafeTune.Training;
using Spectre.Console;

namespace SafeTune.Cli.Output;

/// <summary>A moving bar at the bottom of a terminal, lines above it.</summary>
internal sealed class DrawnLog(TextWriter output) : TrainingLog
{
    private readonly IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
    private ProgressTask? bar;

    /// <inheritdoc/>
    public override RunReport Watch(Func<RunReport> run)
    {
        RunReport? report = null;
        // The training stays on this thread, where the memory meter works; only the drawing has its own.
        console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                bar = context.AddTask("loading");
                report = run();
            });
        return report!;
    }

    /// <inheritdoc/>
    public override void Step(StepInfo step)
    {
        if (bar is null) return;
        bar.MaxValue = step.Steps;
        bar.Description = FormattableString.Invariant($"epoch {step.Epoch}, step {step.Step} of {step.Steps}, loss {step.Loss:F4}");
        bar.Value = step.Step;
    }

    /// <inheritdoc/>
    protected override void Line(string text) => console.WriteLine(text);
}
