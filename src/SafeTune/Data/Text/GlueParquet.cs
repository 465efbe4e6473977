using System.Globalization;

namespace SafeTune.Data;

/// <summary>GLUE's tasks in the parquet files of the Hugging Face hub's <c>nyu-mll/glue</c>, one folder a task.</summary>
internal static class GlueParquet
{
    /// <summary>Reads one split; null if there are no such files.</summary>
    /// <exception cref="UsageException">A file is broken, or has other columns or labels.</exception>
    public static Dataset? Load(string folder, GlueTask task, string split)
    {
        var files = ParquetFile.OfSplit(folder, split.Replace("dev", "validation", StringComparison.Ordinal));
        return files.Count == 0 ? null : new Dataset(task.Name, split, [.. files.SelectMany(path => Examples(path, task))], task.LabelNames, SkippedRows: 0);
    }

    private static IEnumerable<Example> Examples(string path, GlueTask task)
    {
        var file = ParquetFile.Open(path);
        var names = file.ClassNames("label") ?? task.LabelNames;
        return file.Rows([.. task.HubColumns, "label"]).Select((row, i) =>
        {
            var place = FormattableString.Invariant($"{path}, row {i + 1}");
            string[] texts = [.. task.HubColumns.Select(column => row.GetValueOrDefault(column) as string ?? throw new UsageException($"{place}: there is no text '{column}', which {task.Folder} has; get the file again."))];
            return new TextExample(texts[0], texts.ElementAtOrDefault(1), Label(row, task, names, place));
        });
    }

    // A test set has -1 for a class that is kept secret.
    private static double Label(IReadOnlyDictionary<string, object> row, GlueTask task, IReadOnlyList<string>? names, string place)
    {
        var found = row.GetValueOrDefault("label");
        if (task.LabelNames is not { } labels)
            return found is float or double && Convert.ToDouble(found, CultureInfo.InvariantCulture) is >= -1 and <= 5 and var score ? score < 0 ? double.NaN : score : throw Wrong("a number from 0 to 5");
        if (ParquetFile.Integer(row, "label") is not { } number) throw Wrong("a class number");
        if (number == -1) return double.NaN;
        var label = number >= 0 && number < names!.Count ? labels.ToList().IndexOf(names[(int)number]) : -1;
        return label >= 0 ? label : throw Wrong($"the number of one of the classes {string.Join(", ", labels)}");

        UsageException Wrong(string expected) => new(string.Create(CultureInfo.InvariantCulture, $"{place}: column 'label' is '{found}', expected {expected}; get the file again."));
    }
}
