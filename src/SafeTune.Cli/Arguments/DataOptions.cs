using System.CommandLine;
using SafeTune.Data;

namespace SafeTune.Cli.Arguments;

/// <summary>The options that say which examples: a table of one's own, or a GLUE task.</summary>
internal sealed class DataOptions
{
    private readonly Option<string?> data = Opt.Text("--data", "Your table: .csv, .tsv or .jsonl, with the columns' names in its first line.", "file");
    private readonly Option<string?> task = Opt.Text("--task", $"A GLUE task instead: {string.Join(", ", Glue.Tasks.Select(task => task.Name))}.", "name");
    private readonly Option<string[]> textColumns = Opt.List("--text-columns", "Column of the text, or two columns of a pair, separated by a comma.", "a,b");
    private readonly Option<string?> labelColumn = Opt.Text("--label-column", "Column of the label. Default: label.", "name");
    private readonly Option<string?> encoding = Opt.Text("--encoding", "Encoding of --data, e.g. windows-1252. Default: by its byte order mark, or UTF-8.", "name");
    private readonly Option<bool> skipBroken = Opt.Flag("--skip-broken-rows", "Leave out rows of a GLUE file that have another number of columns than its header, and count them.");

    /// <summary>A folder with models/ and datasets/glue/.</summary>
    public Option<string?> Hub { get; } = Opt.Text("--hub", "Folder with models/ and datasets/glue/. Default: the environment variable SAFETUNE_HUB.", "dir");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { data, task, Hub, textColumns, labelColumn, encoding, skipBroken }) command.Add(option);
    }

    /// <summary>The file of <c>--data</c>; null with <c>--task</c>.</summary>
    /// <exception cref="UsageException">Neither or both are given.</exception>
    public string? File(ParseResult parsed) => (parsed.GetValue(data), parsed.GetValue(task)) switch
    {
        (null, _) when parsed.GetValue(encoding) is not null => throw new UsageException("--encoding goes with --data; leave it out."),
        (null, null) => throw new UsageException("Name the examples: --data FILE for a table of your own, or --task NAME for a GLUE task."),
        ({ }, { }) => throw new UsageException("--data and --task exclude each other; leave one out."),
        var (file, _) => file,
    };

    /// <summary>The task of <c>--task</c>.</summary>
    public GlueTask Task(ParseResult parsed) => Glue.Find(parsed.GetRequiredValue(task)!);

    /// <summary>Columns of the texts, those of the training for lack of others, or <c>text</c>.</summary>
    public IReadOnlyList<string> TextColumns(ParseResult parsed, IReadOnlyList<string>? trained = null) =>
        parsed.GetValue(textColumns) is { Length: > 0 } given ? given : trained ?? ["text"];

    /// <summary>Column of the labels, that of the training for lack of another, or <c>label</c>.</summary>
    public string LabelColumn(ParseResult parsed, string? trained = null) => parsed.GetValue(labelColumn) ?? trained ?? "label";

    /// <summary>Encoding of the table; null = by its byte order mark, or UTF-8.</summary>
    public string? Encoding(ParseResult parsed) => parsed.GetValue(encoding);

    /// <summary>Reads one split of the task of <c>--task</c>.</summary>
    public Dataset Split(ParseResult parsed, string split) =>
        Glue.Load(Path.Combine(HubFolder.Of(parsed.GetValue(Hub)) ?? throw new UsageException("--task reads its files from a hub: name its folder with --hub."), "datasets", "glue"), Task(parsed), split, parsed.GetValue(skipBroken));

    /// <summary>The folder of a model: a path, or a name in the hub.</summary>
    public string Model(ParseResult parsed, string model) =>
        !Directory.Exists(model) && HubFolder.Of(parsed.GetValue(Hub)) is { } hub && Directory.Exists(Path.Combine(hub, "models", model)) ? Path.Combine(hub, "models", model) : model;
}

/// <summary>The folder of models and datasets.</summary>
internal static class HubFolder
{
    /// <summary>The folder of <c>--hub</c>, else that of SAFETUNE_HUB, else null.</summary>
    /// <exception cref="UsageException">It is named and does not exist.</exception>
    public static string? Of(string? option)
    {
        var folder = option ?? (Environment.GetEnvironmentVariable("SAFETUNE_HUB") is { Length: > 0 } variable ? variable : null);
        return folder is null || Directory.Exists(folder) ? folder : throw new UsageException($"The hub '{folder}' does not exist; --hub names a folder with models/ and datasets/.");
    }
}
