using System.CommandLine;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;
using SafeTune.Data;
using SafeTune.Training;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune evaluate</c>: scores a fine-tuned model on labelled examples.</summary>
internal static class EvaluateCommand
{
    public static Command Make(Session session)
    {
        var model = new FineTunedOptions();
        var data = new DataOptions();
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("evaluate", "Scores a fine-tuned model on labelled examples.")
            .WithExamples("safetune evaluate --adapter adapter --data test.csv", "safetune evaluate --adapter adapter --task mrpc --hub ../hub --json");
        var positive = Opt.Text("--positive-label", "Of two classes the one that f1 is of. Default: that of the training.", "name");
        model.AddTo(command);
        data.AddTo(command);
        command.Add(positive);
        command.Add(json);
        command.SetAction(parsed =>
        {
            using var tuned = model.Load(session, parsed);
            foreach (var examples in Examples(data, parsed, tuned.Info, parsed.GetValue(positive))) Write(session, examples, tuned.Evaluate(examples), parsed.GetValue(json));
            return ExitCode.Fine;
        });
        return command;
    }

    private static IEnumerable<Dataset> Examples(DataOptions data, ParseResult parsed, FineTunedInfo info, string? positive) => data.File(parsed) is { } file
        ? [UserTable.Load(file, data.TextColumns(parsed, info.TextColumns), data.LabelColumn(parsed, info.LabelColumn), info.LabelNames, info.LabelNames is null, data.Encoding(parsed)).WithPositive(positive ?? info.PositiveLabel)]
        : data.Task(parsed).EvaluationSplits.Select(split => Fitting(data.Split(parsed, split), info) is var found && positive is null ? found : found.WithPositive(positive));

    private static Dataset Fitting(Dataset task, FineTunedInfo info) => task.LabelNames is null == info.LabelNames is null
        ? info.LabelNames is { } names ? task.WithLabels(names) : task
        : throw new UsageException($"The task '{task.Name}' has {Names(task.LabelNames)}, and the model was trained on {Names(info.LabelNames)}; name the task it was trained on, or other data.");

    private static string? Positive(Dataset data) => data.PositiveClass is { } positive ? data.LabelNames![positive] : null;

    private static string Names(IReadOnlyList<string>? labels) => labels is null ? "numbers to predict" : $"the labels {string.Join(", ", labels)}";

    private static void Write(Session session, Dataset data, IReadOnlyDictionary<string, double> scores, bool json)
    {
        if (json) session.Output.WriteJson(new { data = data.Name, data.Split, rows = data.Examples.Count, PositiveLabel = Positive(data), scores });
        else Table.Write(session, ["score", $"{data.Name} {data.Split}".Trim()], [.. scores.Select(score => (IReadOnlyList<string>)[score.Key == "f1" && Positive(data) is { } one ? $"f1 of '{one}'" : score.Key, Figures.Score(score.Value)]), ["rows", FormattableString.Invariant($"{data.Examples.Count}")]]);
    }
}
