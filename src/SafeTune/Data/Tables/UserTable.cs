using System.Globalization;
using System.Text;

namespace SafeTune.Data;

/// <summary>
/// A user's own table: CSV, TSV or JSON Lines, with names for its columns. It keeps every row as it was, so that
/// predictions can be written beside them.
/// </summary>
public sealed class UserTable
{
    private readonly IReadOnlyList<TableRow> _rows;
    private readonly char _separator;
    private readonly TextEncoding _encoding;
    private readonly string _newLine;

    private UserTable(string source, TableFormat format, string? encoding)
    {
        (Source, Format, _encoding) = (source, format, TextEncoding.OfTable(source, encoding));
        _newLine = TextLines.NewLine(source, _encoding);
        (Columns, _rows) = TableFile.Read(source, format, _encoding);
        _separator = format == TableFormat.Csv ? TableFile.Separator(source, _encoding) : '\t';
    }

    /// <summary>The file, as it was named.</summary>
    public string Source { get; }

    /// <summary>How the file is written, and predictions with it.</summary>
    public TableFormat Format { get; }

    /// <summary>The header; for JSON Lines the objects' keys in the order in which they first appear.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The number of rows, without the header.</summary>
    public int Count => _rows.Count;

    /// <summary>Reads a file whole.</summary>
    /// <param name="file">Its extension tells the format.</param>
    /// <param name="encoding">Name of its encoding, e.g. windows-1252; null = by the byte order mark, or UTF-8.</param>
    /// <exception cref="UsageException">No such file, an unknown extension or encoding, or a row that does not fit the header: names file and line.</exception>
    public static UserTable Read(string file, string? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        var format = FormatOf(file);
        return File.Exists(file) ? new UserTable(file, format, encoding) : throw new UsageException($"There is no file '{Path.GetFullPath(file)}': check the name.");
    }

    /// <summary>Reads a file and takes examples from it; see <see cref="ToDataset"/>.</summary>
    /// <exception cref="UsageException">See <see cref="Read"/> and <see cref="ToDataset"/>.</exception>
    public static Dataset Load(
        string file, IReadOnlyList<string> textColumns, string? labelColumn, IReadOnlyList<string>? labelNames = null, bool regression = false, string? encoding = null) =>
        Read(file, encoding).ToDataset(textColumns, labelColumn, labelNames, regression);

    /// <summary>Takes texts and labels from the columns.</summary>
    /// <param name="textColumns">One column, or two for pairs of texts.</param>
    /// <param name="labelColumn">The label's column; null for a table without labels, whose examples have NaN.</param>
    /// <param name="labelNames">
    /// The classes by index; null takes the different labels of the table in ordinal order (none without a label column). Spaces around a label do not count.
    /// Where the names only count, LABEL_0 and so on, the table may have the numbers alone.
    /// </param>
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
        if (names is not null && ClassNames.AreNumbered(names))
            foreach (var i in Enumerable.Range(0, names.Count)) indices![i.ToString(CultureInfo.InvariantCulture)] = i;
        var examples = _rows.Select(row => new TextExample(
            Value(row, text),
            pair < 0 ? null : Value(row, pair),
            label < 0 ? double.NaN : indices is null ? Number(row, label) : Class(row, label, indices)));
        return new Dataset(Path.GetFileNameWithoutExtension(Source), "", [.. examples], names, SkippedRows: 0)
        {
            HasUnquotedLabels = label >= 0 && !regression && Format == TableFormat.JsonLines && _rows.All(row => row.Unquoted.Contains(Columns[label])),
            Notes = names is null || labelNames is not null ? [] : Alike(names),
        };
    }

    /// <summary>
    /// Writes the table again, in its own format, with the predictions appended as columns <c>label</c> and <c>score</c>
    /// (<c>predicted_label</c>, <c>predicted_score</c> where the table has columns of these names, then <c>predicted_label_2</c> and so on).
    /// Encoding, byte order mark and line ends are the table's. The file appears whole or not at all.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="labels">One a row; null for a regression, which has scores only.</param>
    /// <param name="scores">One a row.</param>
    /// <param name="unquoted">The labels are numbers or truth values, and are written as such into JSON Lines.</param>
    /// <returns>The names of the new columns.</returns>
    /// <exception cref="UsageException">The file cannot be written, or the table's encoding has no such characters.</exception>
    public IReadOnlyList<string> WritePredictions(string path, IReadOnlyList<string>? labels, IReadOnlyList<double> scores, bool unquoted = false)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count != Count || (labels is not null && labels.Count != Count))
            throw new ArgumentException($"{Count} rows need as many predictions, got {scores.Count}.", nameof(scores));
        var added = Free(labels is null ? ["score"] : ["label", "score"]);
        try
        {
            AtomicFile.Write(path, stream => PredictionWriter.Write(stream, _encoding, _newLine, Format, _separator, Columns, _rows, added, labels, unquoted, scores));
        }
        catch (EncoderFallbackException error)
        {
            throw new UsageException($"'{path}' is written in the encoding of '{Source}', {_encoding.Encoding.WebName}, which has no character U+{(int)error.CharUnknown:X4} of a label; save the table as UTF-8.", error);
        }

        return added;
    }

    private string[] Free(string[] names)
    {
        string[] once = [.. names.Select(name => Columns.Contains(name) ? "predicted_" + name : name)];
        // Numbered together, so that it shows which belong together.
        for (var number = 2; once.Any(Columns.Contains); number++) once = [.. names.Select(name => FormattableString.Invariant($"predicted_{name}_{number}"))];
        return once;
    }

    // Classes that people may have meant to be one.
    private static string[] Alike(IReadOnlyList<string> names) =>
    [
        .. names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Concat(names.Where(name => Parse(name) is not null).GroupBy(name => Parse(name)!.Value.ToString("R", CultureInfo.InvariantCulture)))
            .Where(group => group.Count() > 1).Select(group => $"The labels {Quoted(group)} are different classes; if one is meant, write them alike."),
    ];

    private static double? Parse(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

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

    private string Label(TableRow row, int column) => row.Fields[column]?.Trim() is { Length: > 0 } label
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
        return Parse(label) ?? throw Bad(row, column, "a number (with a point, not a comma)", $"'{label}'", "correct it, or train on classes instead of a regression.");
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
