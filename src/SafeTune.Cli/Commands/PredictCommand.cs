using System.CommandLine;
using SafeTune.Cli.Arguments;
using SafeTune.Data;
using SafeTune.Training;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune predict</c>: writes labels and scores beside the rows of a table.</summary>
internal static class PredictCommand
{
    public static Command Make(Session session)
    {
        var model = new FineTunedOptions();
        var data = Opt.Required("--data", "Table to label: .csv, .tsv or .jsonl.", "file");
        var columns = Opt.List("--text-columns", "Columns of the texts. Default: those of the training.", "a,b");
        var output = Opt.Required("--output", "File to write, in the format of --data: its columns, then label and score.", "file");
        var encoding = Opt.Text("--encoding", "Encoding of --data, and of --output with it, e.g. windows-1252. Default: by its byte order mark, or UTF-8.", "name");
        var json = Opt.Flag("--json", "Print one JSON document about what was written.");
        var command = new Command("predict", "Labels the rows of a table: writes its columns, and label and score beside them.")
            .WithExamples("safetune predict --adapter adapter --data new.csv --output labelled.csv");
        model.AddTo(command);
        foreach (var option in new Option[] { data, columns, output, encoding, json }) command.Add(option);
        command.SetAction(parsed =>
        {
            var (from, to) = (parsed.GetRequiredValue(data), parsed.GetRequiredValue(output));
            Check(from, to);
            var table = UserTable.Read(from, parsed.GetValue(encoding));
            using var tuned = model.Load(session, parsed);
            var info = tuned.Info;
            var texts = parsed.GetValue(columns) is { Length: > 0 } given ? given : info.TextColumns ?? ["text"];
            var predictions = tuned.Predict(table.ToDataset(texts, null, info.LabelNames, info.LabelNames is null));
            var added = table.WritePredictions(to, info.LabelNames is null ? null : [.. predictions.Select(p => p.Label!)], [.. predictions.Select(p => p.Score)], info.HasUnquotedLabels);
            if (parsed.GetValue(json)) session.Output.WriteJson(new { output = to, rows = predictions.Count, columns = added, labels = Counts(predictions) });
            else session.Output.WriteLine(FormattableString.Invariant($"{predictions.Count} rows written to {to}, the predictions in {(added.Count == 1 ? "the column" : "the columns")} {string.Join(" and ", added)}."));
            return ExitCode.Fine;
        });
        return command;
    }

    private static Dictionary<string, int> Counts(IEnumerable<Prediction> predictions) =>
        predictions.Where(p => p.Label is not null).CountBy(p => p.Label!).OrderBy(count => count.Key, StringComparer.Ordinal).ToDictionary(count => count.Key, count => count.Value);

    private static void Check(string from, string to)
    {
        if (Path.GetFullPath(from) == Path.GetFullPath(to)) throw new UsageException("--output is the file of --data itself; name another file.");
        if (!Path.GetExtension(from).Equals(Path.GetExtension(to), StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--output '{to}' is written in the format of --data; let its name end with '{Path.GetExtension(from)}'.");
    }
}
