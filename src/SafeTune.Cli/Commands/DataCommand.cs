using System.CommandLine;
using SafeTune.Cli.Arguments;
using SafeTune.Cli.Output;
using SafeTune.Data;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune data</c>: what is in a dataset?</summary>
internal static class DataCommand
{
    private const int Shown = 3, Longest = 160;

    public static Command Make(Session session)
    {
        var name = new Argument<string>("name") { Description = $"{string.Join(", ", DataSources.All.Select(source => source.Name))}." };
        var hub = Opt.Text("--hub", "Folder with datasets/. Default: the environment variable SAFETUNE_HUB.", "dir");
        var skipBroken = Opt.Flag("--skip-broken-rows", "Leave out broken rows, and count them.");
        var json = Opt.Flag("--json", "Print one JSON document.");
        var command = new Command("data", "Prints a dataset's splits, their sizes and labels, and a few examples.") { name, hub, skipBroken, json }
            .WithExamples("safetune data mrpc --hub ../hub", "safetune data squad --hub ../hub --json");
        command.SetAction(parsed =>
        {
            var source = DataSources.Find(parsed.GetRequiredValue(name));
            var folder = Path.Combine(HubFolder.Of(parsed.GetValue(hub)) ?? throw new UsageException("The files are read from a hub: name its folder with --hub."), "datasets");
            Split[] splits = [.. source.Splits.Select(split => Read(source, folder, split, parsed.GetValue(skipBroken)))];
            if (splits.All(split => split.Missing is not null)) throw new UsageException(splits[0].Missing!);
            if (parsed.GetValue(json)) session.Output.WriteJson(new { source.Name, source.Metrics, source.PublishedTrainRows, splits });
            else Write(session, splits);
            return ExitCode.Fine;
        });
        return command;
    }

    private static Split Read(DataSource source, string folder, string name, bool skipBroken)
    {
        try
        {
            var data = source.Load(folder, name, skipBroken);
            var labels = data.LabelNames is null ? null : Counts(data, data.LabelNames);
            return new Split(name, data.Examples.Count, data.SkippedRows, labels, [.. data.Examples.Take(Shown).Select(example => Describe(example, data.LabelNames))], null);
        }
        catch (MissingDataException missing)
        {
            return new Split(name, 0, 0, null, [], missing.Message);
        }
    }

    private static Dictionary<string, int> Counts(Dataset data, IReadOnlyList<string> names)
    {
        // Two classes may have the same name.
        var counts = data.Examples.CountBy(example => example.Label).ToDictionary();
        return names.Index().GroupBy(name => name.Item).ToDictionary(same => same.Key, same => same.Sum(name => counts.GetValueOrDefault(name.Index)));
    }

    private static void Write(Session session, Split[] splits)
    {
        Table.Write(session, ["split", "examples", "left out", "labels"], splits.Where(split => split.Missing is null).Select(split => (IReadOnlyList<string>)
        [
            split.Name, FormattableString.Invariant($"{split.Examples:N0}"), FormattableString.Invariant($"{split.LeftOut}"),
            split.Labels is null ? "" : string.Join(", ", split.Labels.Where(label => label.Value > 0).Take(12).Select(label => FormattableString.Invariant($"{label.Key} {label.Value:N0}"))) + (split.Labels.Count > 12 ? ", …" : ""),
        ]));
        foreach (var split in splits.Where(split => split.Missing is not null)) session.Output.WriteLine($"{split.Name}: not there. {split.Missing}");
        foreach (var example in splits.First(split => split.Missing is null).First) session.Output.WriteLine($"- {example}");
    }

    private static string Describe(Example example, IReadOnlyList<string>? labels)
    {
        var text = example switch
        {
            TextExample { Pair: { } pair } both => $"{Cut(both.Text)} || {Cut(pair)}",
            TextExample single => Cut(single.Text),
            PromptExample prompt => $"{Cut(prompt.Prompt)} →{Cut(prompt.Completion)}",
            ReferencedPromptExample prompt => FormattableString.Invariant($"{Cut(prompt.Prompt)} → {Cut(prompt.References[0])} (and {prompt.References.Count - 1} more)"),
            QuestionExample question => $"{Cut(question.Question)} → {Cut(question.Answers[0])}",
            PassageExample passage => FormattableString.Invariant($"{passage.Words:N0} words: {Cut(passage.Text)}"),
            ImageExample image => FormattableString.Invariant($"{image.Height} × {image.Width} pixels"),
            StoredImageExample stored => stored.Source.Place,
            _ => example.GetType().Name,
        };
        return double.IsNaN(example.Label) ? text : $"{text} [{(labels is null ? FormattableString.Invariant($"{example.Label}") : labels[(int)example.Label])}]";
    }

    private static string Cut(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }

    /// <summary>What is told of one split.</summary>
    private sealed record Split(string Name, int Examples, int LeftOut, IReadOnlyDictionary<string, int>? Labels, IReadOnlyList<string> First, string? Missing);
}
