using System.Globalization;

namespace SafeTune.Data;

/// <summary>
/// A user's own table: CSV, TSV or JSON Lines in UTF-8, with names for its columns. It keeps every row as it was, so that
/// predictions can be written beside them.
/// </summary>
public sealed class UserTable
{
    private readonly IReadOnlyList<TableRow> _rows;
    private readonly char _separator;

    private UserTable(string source, TableFormat format, char separator, IReadOnlyList<string> columns, IReadOnlyList<TableRow> rows) =>
        (Source, Format, _separator, Columns, _rows) = (source, format, separator, columns, rows);

    /// <summary>The file, as it was named.</summary>
    public string Source { get; }

    /// <summary>How the file is written, and predictions with it.</summary>
    public TableFormat Format { get; }

    /// <summary>The header; for JSON Lines the objects' keys in the order in which they first appear.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The number of rows, without the header.</summary>
    public int Count => _rows.Count;

    /// <summary>Reads a file whole.</summary>
    /// <exception cref="UsageException">No such file, an unknown extension, or a row that does not fit the header: names file and line.</exception>
    public static UserTable Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var format = FormatOf(file);
        var (columns, rows) = TableFile.Read(file, format);
        var separator = format == TableFormat.Csv ? TableFile.Separator(file) : '\t';
        return new UserTable(file, format, separator, columns, rows);
    }

    /// <summary>Reads a file and takes examples from it; see <see cref="ToDataset"/>.</summary>
    /// <exception cref="UsageException">See <see cref="Read"/> and <see cref="ToDataset"/>.</exception>
    public static Dataset Load(
        string file, IReadOnlyList<string> textColumns, string? labelColumn, IReadOnlyList<string>? labelNames = null, bool regression = false) =>
        Read(file).ToDataset(textColumns, labelColumn, labelNames, regression);

    /// <summary>Takes texts and labels from the columns.</summary>
    /// <param name="textColumns">One column, or two for pairs of texts.</param>
    /// <param name="labelColumn">The label's column; null for a table without labels, whose examples have NaN.</param>
    /// <param name="labelNames">The classes by index; null takes the different labels of the table in ordinal order (none without a label column).</param>
    /// <param name="regression">Labels are numbers to predict rather than classes.</param>
    /// <exception cref="UsageException">A missing column (names the nearest), a row without text or label, a label outside the set or not a number.</exception>
    public Dataset ToDataset(
        IReadOnlyList<string> textColumns, string? labelColumn, IReadOnlyList<string>? labelNames = null, bool regression = false)
    {
        ArgumentNullException.ThrowIfNull(textColumns);
        if (textColumns.Count is not (1 or 2))
            throw new UsageException($"{textColumns.Count} text columns were named ({string.Join(", ", textColumns)}): name one, or two for pairs of texts.");
        if (regression && labelNames is not null)
            throw new UsageException("A regression predicts a number and has no label names: leave them out, or leave out the regression.");
        if (labelColumn is not null && textColumns.Contains(labelColumn))
            throw new UsageException($"Column '{labelColumn}' was named as text and as label, expected different columns: the model would read the answer.");

        var text = Column(textColumns[0]);
        var pair = textColumns.Count == 2 ? Column(textColumns[1]) : -1;
        var label = labelColumn is null ? -1 : Column(labelColumn);
        var names = regression ? null : labelNames ?? (label < 0 ? [] : LabelsIn(label));
        var indices = names?.Index().ToDictionary(name => name.Item, name => (double)name.Index, StringComparer.Ordinal);
        var examples = _rows.Select(row => new TextExample(
            Value(row, text),
            pair < 0 ? null : Value(row, pair),
            label < 0 ? double.NaN : indices is null ? Number(row, label) : Class(row, label, indices)));
        return new Dataset(Path.GetFileNameWithoutExtension(Source), "", [.. examples], names, SkippedRows: 0);
    }

    /// <summary>
    /// Writes the table again, in its own format, with the predictions appended as columns <c>label</c> and <c>score</c>
    /// (<c>predicted_label</c>, <c>predicted_score</c> where the table has columns of these names). The file appears whole or not at all.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="labels">One a row; null for a regression, which has scores only.</param>
    /// <param name="scores">One a row.</param>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public void WritePredictions(string path, IReadOnlyList<string>? labels, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count != Count || (labels is not null && labels.Count != Count))
            throw new ArgumentException($"{Count} rows need as many predictions, got {scores.Count}.", nameof(scores));
        string[] added = labels is null ? [Free("score")] : [Free("label"), Free("score")];
        AtomicFile.Write(path, stream => PredictionWriter.Write(stream, Format, _separator, Columns, _rows, added, labels, scores));
    }

    private string Free(string name) => Columns.Contains(name) ? "predicted_" + name : name;

    private static TableFormat FormatOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".CSV" => TableFormat.Csv,
        ".TSV" or ".TAB" => TableFormat.Tsv,
        ".JSONL" or ".NDJSON" => TableFormat.JsonLines,
        var other => throw new UsageException(
            $"'{file}' ends with '{other.ToLowerInvariant()}', expected .csv, .tsv (tabs, no quoting) or .jsonl (a JSON object a line): save it so."),
    };

    private int Column(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] == name)
                return i;
        }

        throw new UsageException($"{Source} has no column '{name}', found {Quoted(Columns)}: name one of these.{Nearest.Hint(name, Columns)}");
    }

    private string Value(TableRow row, int column) => row.Fields[column]
        ?? throw Bad(row, column, "a text", "nothing, or a nested value", "add it or remove the line.");

    private string Label(TableRow row, int column) => row.Fields[column] is { } label && !string.IsNullOrWhiteSpace(label)
        ? label
        : throw Bad(row, column, "a label", "nothing", "add it or remove the line.");

    private double Class(TableRow row, int column, Dictionary<string, double> indices)
    {
        var label = Label(row, column);
        return indices.TryGetValue(label, out var index)
            ? index
            : throw Bad(
                row, column, $"one of {Quoted(indices.Keys)}", $"'{label}'", $"correct the label or remove the line.{Nearest.Hint(label, indices.Keys)}");
    }

    private double Number(TableRow row, int column)
    {
        var label = Label(row, column);
        return double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)
            ? score
            : throw Bad(row, column, "a number (with a point, not a comma)", $"'{label}'", "correct it, or train on classes instead of a regression.");
    }

    private List<string> LabelsIn(int column)
    {
        List<string> names = [.. _rows.Select(row => Label(row, column)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (names.Count >= 2)
            return names;
        var found = names.Count == 0 ? "no labels" : $"only the label '{names[0]}'";
        throw new UsageException(
            $"{Source}: column '{Columns[column]}' has {found}, expected at least two different ones: check the column, or name the labels there are.");
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private UsageException Bad(TableRow row, int column, string expected, string found, string advice) =>
        new($"{Source}, line {row.Line}: column '{Columns[column]}' has {found}, expected {expected}; {advice}");
}
