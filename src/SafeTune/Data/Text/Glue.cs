using System.Globalization;

namespace SafeTune.Data;

/// <summary>GLUE's tasks in their official TSV layouts (gluebenchmark.com), or in the parquet files of the Hugging Face hub's <c>nyu-mll/glue</c>, read as they are published.</summary>
public static class Glue
{
    private const string NoConsensus = "-";
    private const string HowToGet = "download it from https://gluebenchmark.com/tasks and unpack it there, or name another folder of GLUE tasks.";
    private const string HowToSkip = "correct the line, or skip such rows with --skip-broken-rows (skipBrokenRows in C#).";
    private static readonly string[] Binary = ["0", "1"];
    private static readonly string[] Entailment = ["entailment", "not_entailment"];
    private static readonly string[] ThreeWay = ["entailment", "neutral", "contradiction"];

    /// <summary>The eight tasks, in the paper's order.</summary>
    public static IReadOnlyList<GlueTask> Tasks { get; } =
    [
        new("cola", "CoLA", ["unacceptable", "acceptable"], "matthews", ["dev"], 8551)
        {
            TextColumn = "sentence", LabelColumn = "label", FileLabels = Binary, ImpliedHeader = ["source", "label", "mark", "sentence"],
            HubColumns = ["sentence"],
        },
        new("sst2", "SST-2", ["negative", "positive"], "accuracy", ["dev"], 67349)
        {
            TextColumn = "sentence", LabelColumn = "label", FileLabels = Binary,
            HubColumns = ["sentence"],
        },
        new("mnli", "MNLI", ThreeWay, "accuracy", ["dev_matched", "dev_mismatched"], 392702)
        {
            TextColumn = "sentence1", PairColumn = "sentence2", LabelColumn = "gold_label", FileLabels = ThreeWay,
            HubColumns = ["premise", "hypothesis"],
        },
        new("rte", "RTE", Entailment, "accuracy", ["dev"], 2490)
        {
            TextColumn = "sentence1", PairColumn = "sentence2", LabelColumn = "label", FileLabels = Entailment,
            HubColumns = ["sentence1", "sentence2"],
        },
        new("qqp", "QQP", ["not_duplicate", "duplicate"], "accuracy", ["dev"], 363846)
        {
            TextColumn = "question1", PairColumn = "question2", LabelColumn = "is_duplicate", FileLabels = Binary,
            HubColumns = ["question1", "question2"],
        },
        new("mrpc", "MRPC", ["not_equivalent", "equivalent"], "f1", ["dev"], 3668)
        {
            TextColumn = "#1 String", PairColumn = "#2 String", LabelColumn = "Quality", FileLabels = Binary,
            HubColumns = ["sentence1", "sentence2"],
        },
        new("qnli", "QNLI", Entailment, "accuracy", ["dev"], 104743)
        {
            TextColumn = "question", PairColumn = "sentence", LabelColumn = "label", FileLabels = Entailment,
            HubColumns = ["question", "sentence"],
        },
        new("stsb", "STS-B", null, "pearson", ["dev"], 5749)
        {
            TextColumn = "sentence1", PairColumn = "sentence2", LabelColumn = "score",
            HubColumns = ["sentence1", "sentence2"],
        },
    ];

    /// <summary>The task of that name or folder, in any case and with or without hyphens.</summary>
    /// <exception cref="UsageException">There is none; names the nearest.</exception>
    public static GlueTask Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Tasks.FirstOrDefault(task => Same(task.Name, name) || Same(task.Folder, name))
            ?? throw new UsageException(
                $"There is no GLUE task '{name}'.{Nearest.Hint(name, Tasks.Select(task => task.Name))} "
                + $"The tasks are: {string.Join(", ", Tasks.Select(task => task.Name))}.");
    }

    /// <summary>Reads one split.</summary>
    /// <param name="glueFolder">The folder with one folder a task (CoLA, SST-2, …; found in any case).</param>
    /// <param name="task">Which task.</param>
    /// <param name="split">train, dev or test; MNLI: dev_matched, dev_mismatched, test_matched, test_mismatched.</param>
    /// <param name="skipBrokenRows">
    /// Leaves out rows with another number of columns than the header's (QQP has some: a stray tab or a missing one) instead of failing,
    /// and counts them in <see cref="Dataset.SkippedRows"/>, as rows without an agreed label (<c>-</c>) always are.
    /// </param>
    /// <returns>The rows; labels are NaN where the file has no label column, as in most test sets.</returns>
    /// <exception cref="UsageException">A folder, file, column or label is not as expected: says which file and line, and what to do.</exception>
    public static Dataset Load(string glueFolder, GlueTask task, string split, bool skipBrokenRows = false)
    {
        ArgumentNullException.ThrowIfNull(glueFolder);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(split);
        var folder = FolderOf(glueFolder, task, split);
        var file = Path.Combine(folder, split + ".tsv");
        if (!File.Exists(file)) return GlueParquet.Load(folder, task, split) ?? throw new MissingDataException($"There is no file '{Path.GetFullPath(file)}' with the {split} split of {task.Folder}: {HowToGet}");
        var table = TsvFile.Open(file, HasHeader(task, split) ? null : task.ImpliedHeader);
        var text = table.Column(task.TextColumn);
        var pair = task.PairColumn is null ? -1 : table.Column(task.PairColumn);
        var label = split.StartsWith("test", StringComparison.Ordinal) ? table.TryColumn(task.LabelColumn) : table.Column(task.LabelColumn);

        List<Example> examples = [];
        var skipped = 0;
        foreach (var (line, fields) in table.Rows())
        {
            if (fields.Length != table.Header.Count)
            {
                if (!skipBrokenRows)
                    throw table.WrongColumns(line, fields.Length, HowToSkip);
                skipped++;
            }
            else if (label >= 0 && fields[label] == NoConsensus)
            {
                skipped++;
            }
            else
            {
                var value = label < 0 ? double.NaN : LabelOf(task, fields[label], table, line);
                examples.Add(new TextExample(fields[text], pair < 0 ? null : fields[pair], value));
            }
        }

        return new Dataset(task.Name, split, examples, task.LabelNames, skipped);
    }

    private static double LabelOf(GlueTask task, string found, TsvFile table, int line)
    {
        if (task.FileLabels is { } labels)
        {
            for (var i = 0; i < labels.Count; i++)
            {
                if (labels[i] == found)
                    return i;
            }

            throw new UsageException(
                $"{table.Path}, line {line}: column '{task.LabelColumn}' is '{found}', expected one of {string.Join(", ", labels)}; "
                + "correct the label or remove the line.");
        }

        // STS-B: scores from 0 to 5.
        return double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && score is >= 0 and <= 5
            ? score
            : throw new UsageException(
                $"{table.Path}, line {line}: column '{task.LabelColumn}' is '{found}', expected a number from 0 to 5; correct the score or remove the line.");
    }

    private static string FolderOf(string glueFolder, GlueTask task, string split)
    {
        if (!task.Splits.Contains(split))
        {
            throw new UsageException(
                $"{task.Name} has no split '{split}'.{Nearest.Hint(split, task.Splits)} Its splits are: {string.Join(", ", task.Splits)}.");
        }

        if (!Directory.Exists(glueFolder))
            throw new MissingDataException($"There is no folder '{Path.GetFullPath(glueFolder)}' to read {task.Folder} from: {HowToGet}");
        // The zips of gluebenchmark.com.
        if (!Folders().Any()) ArchivedFolder.Find(Path.Combine(glueFolder, task.Folder), $"{task.Folder}-clean.zip", $"{task.Folder}v2.zip");
        return Folders().FirstOrDefault()
            ?? throw new MissingDataException(
                $"There is no folder '{Path.Combine(Path.GetFullPath(glueFolder), task.Folder)}' with the files of {task.Folder}: {HowToGet}");

        IEnumerable<string> Folders() => Directory.EnumerateDirectories(glueFolder)
            .Where(path => Same(Path.GetFileName(path), task.Folder))
            .OrderByDescending(path => Path.GetFileName(path) == task.Folder)
            .ThenBy(path => path, StringComparer.Ordinal);
    }

    /// <summary>CoLA's train and dev sets start with their first example; its test set has a header, as all other files have.</summary>
    private static bool HasHeader(GlueTask task, string split) => task.ImpliedHeader is null || split == "test";

    private static bool Same(string a, string b) =>
        string.Equals(a.Replace("-", "", StringComparison.Ordinal), b.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
}
