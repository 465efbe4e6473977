using System.Diagnostics;
using SafeTune.Training;

namespace SafeTune.Cli.Output;

/// <summary>Tells people how a training goes: what is the same on a terminal and in a file.</summary>
internal abstract class TrainingLog : ITrainingListener, IDisposable
{
    /// <summary>Where the result goes; set before the run.</summary>
    public string Folder { get; set; } = "";

    /// <summary>peft's line on the number of parameters, once the run has started.</summary>
    public string Parameters { get; private set; } = "";

    /// <summary>A log with a moving bar, or of plain lines.</summary>
    public static TrainingLog Make(Session session, TextWriter writer, bool drawn) => drawn ? new DrawnLog(session.Output) : new PlainLog(writer);

    /// <summary>Runs the training under this log.</summary>
    public virtual RunReport Watch(Func<RunReport> run) => run();

    /// <inheritdoc/>
    public void Started(string configuration, string parameters)
    {
        foreach (var line in configuration.Split('\n')) Line(line);
        Line($"output      {Folder}");
        Line(Parameters = parameters);
    }

    /// <inheritdoc/>
    public abstract void Step(StepInfo step);

    /// <inheritdoc/>
    public void Probed(ProbeInfo probe) => Line(FormattableString.Invariant(
        $"probe {probe.Probe} after {probe.Epoch:0.##} epochs: importance {string.Join(' ', probe.Scores.Select(score => Figures.Importance(score)))}, {(probe.WarmUpEnded ? $"threshold {Figures.Importance(probe.Tau)}" : "warm-up")}"));

    /// <inheritdoc/>
    public void Froze(FreezeEvent freeze)
    {
        var predicted = freeze.ActivationBytesPredicted is { } expected ? $", {Figures.Bytes(expected)} predicted" : "";
        var activations = freeze.ActivationBytesMeasured is { } bytes ? $"; with all blocks of this probe {Figures.Bytes(bytes)} of activations{predicted}" : "";
        Line(FormattableString.Invariant(
            $"block {freeze.Block} froze after step {freeze.Step}: importance {Figures.Importance(freeze.Score)} below {Figures.Importance(freeze.Tau)}; freed {Figures.Bytes(freeze.GradientBytes)} of gradients, {Figures.Bytes(freeze.OptimizerBytes)} of optimizer state{activations}"));
    }

    /// <inheritdoc/>
    public void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores) =>
        Line(FormattableString.Invariant($"epoch {epoch}: {string.Join(", ", scores.Select(score => $"{score.Key} {Figures.Score(score.Value)}"))}"));

    /// <inheritdoc/>
    public void Note(string sentence) => Line(sentence);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Writes one line.</summary>
    protected abstract void Line(string text);

    private sealed class PlainLog(TextWriter writer) : TrainingLog
    {
        private const double SecondsBetweenLines = 10;
        private readonly Stopwatch since = Stopwatch.StartNew();

        public override void Step(StepInfo step)
        {
            if (step.Step != 1 && step.Step != step.Steps && since.Elapsed.TotalSeconds < SecondsBetweenLines) return;
            since.Restart();
            Line(FormattableString.Invariant($"step {step.Step} of {step.Steps}, epoch {step.Epoch}: loss {step.Loss:F4}, learning rate {step.LearningRate:0.##e+00}, {step.Seconds:F2} s a step"));
        }

        protected override void Line(string text) => writer.WriteLine(text);
    }
}
