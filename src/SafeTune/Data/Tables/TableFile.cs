using System.Text.Json;
using CsvHelper;

namespace SafeTune.Data;

/// <summary>A row as it stands in a user's file.</summary>
/// <param name="Line">The line it starts in, counted from 1.</param>
/// <param name="Fields">One value a column; null where a JSON object has none, or a nested one.</param>
/// <param name="Raw">The line itself (JSON Lines only).</param>
internal sealed record TableRow(int Line, string?[] Fields, string Raw = "")
{
    /// <summary>Columns whose value is a number, true or false without quotes (JSON Lines only).</summary>
    public IReadOnlySet<string> Unquoted { get; init; } = System.Collections.Frozen.FrozenSet<string>.Empty;
}

/// <summary>Reads CSV (RFC 4180), TSV (no quoting) and JSON Lines into columns and rows.</summary>
internal static class TableFile
{
    /// <exception cref="UsageException">A row that is not as the header says, or not a JSON object.</exception>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<TableRow> Rows) Read(string path, TableFormat format, TextEncoding? encoding = null) => format switch
    {
        TableFormat.Csv => Csv(path, encoding),
        TableFormat.Tsv => Tsv(path, encoding),
        _ => JsonLines(path, encoding),
    };

    private static (IReadOnlyList<string>, IReadOnlyList<TableRow>) Csv(string path, TextEncoding? encoding)
    {
        using var text = TextLines.Open(path, encoding);
        using var reader = CsvReader.Create(text, new CsvReaderOptions
        {
            Separator = Separator(path, encoding),
            TrackLineNumbers = true,
            OnMalformedRecord = bad => RefuseQuotes(path, bad),
        });
        reader.ReadHeader();
        var header = CheckHeader(path, [.. reader.Headers]);
        if (header.Length == 0)
            throw Empty(path);
        List<TableRow> rows = [];
        while (reader.Read())
        {
            if (reader.FieldCount != header.Length)
            {
                throw new UsageException(
                    $"{path}, line {reader.LineNumber}: expected {header.Length} columns as in the header, found {reader.FieldCount}; "
                    + "a text that holds the separator or a line end needs double quotes around it.");
            }

            rows.Add(new TableRow((int)reader.LineNumber, [.. Enumerable.Range(0, header.Length).Select(reader.GetString)]));
        }

        return (header, rows);
    }

    /// <summary>Comma, unless the header holds semicolons and no comma, as spreadsheets write it where the comma is a decimal sign.</summary>
    public static char Separator(string path, TextEncoding? encoding)
    {
        var header = TextLines.Of(path, encoding).FirstOrDefault("");
        return header.Contains(';', StringComparison.Ordinal) && !header.Contains(',', StringComparison.Ordinal) ? ';' : ',';
    }

    /// <summary>A quote inside an unquoted field is text; a quoted field that does not end properly would swallow rows.</summary>
    private static void RefuseQuotes(string path, CsvMalformedRecord bad)
    {
        var found = bad.Reason switch
        {
            CsvMalformedReason.UnterminatedQuote => "the end of the file",
            CsvMalformedReason.TextAfterClosingQuote => "more text after it",
            _ => null,
        };
        if (found is not null)
        {
            throw new UsageException(
                $"{path}, line {bad.LineNumber}: expected a closing double quote at the end of the field, found {found}; "
                + "double the quotes inside a quoted field, or save the file as .tsv, where quotes are text.");
        }
    }

    private static (IReadOnlyList<string>, IReadOnlyList<TableRow>) Tsv(string path, TextEncoding? encoding)
    {
        var table = TsvFile.Open(path, encoding: encoding);
        CheckHeader(path, [.. table.Header]);
        List<TableRow> rows = [];
        foreach (var (line, fields) in table.Rows())
            rows.Add(fields.Length == table.Header.Count ? new TableRow(line, fields) : throw table.WrongColumns(line, fields.Length, "correct the line."));
        return (table.Header, rows);
    }

    private static (IReadOnlyList<string>, IReadOnlyList<TableRow>) JsonLines(string path, TextEncoding? encoding)
    {
        List<string> columns = [];
        List<(int Line, string Raw, Dictionary<string, string?> Values, HashSet<string> Unquoted)> objects = [];
        var number = 0;
        foreach (var line in TextLines.Of(path, encoding))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            HashSet<string> unquoted = new(StringComparer.Ordinal);
            var values = Object(path, number, line, unquoted);
            columns.AddRange(values.Keys.Where(name => !columns.Contains(name)));
            objects.Add((number, line.Trim(), values, unquoted));
        }

        if (objects.Count == 0)
            throw Empty(path);
        return (columns, [.. objects.Select(o => new TableRow(o.Line, [.. columns.Select(name => o.Values.GetValueOrDefault(name))], o.Raw) { Unquoted = o.Unquoted })]);
    }

    private static Dictionary<string, string?> Object(string path, int number, string line, HashSet<string> unquoted)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw NotAnObject(path, number, line, null);
            Dictionary<string, string?> values = new(StringComparer.Ordinal);
            foreach (var property in json.RootElement.EnumerateObject())
            {
                var isBare = property.Value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
                var value = isBare ? property.Value.GetRawText() : property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
                if (!values.TryAdd(property.Name, value))
                    throw new UsageException($"{path}, line {number}: the key '{property.Name}' stands there twice, expected every key once; remove one.");
                if (isBare) unquoted.Add(property.Name);
            }

            return values;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a \u escape of half a surrogate pair.
            throw NotAnObject(path, number, line, error);
        }
    }

    private static string[] CheckHeader(string path, string[] header)
    {
        var twice = header.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1);
        return twice is null
            ? header
            : throw new UsageException($"{path}, line 1: two columns are called '{twice.Key}', expected different names; rename one.");
    }

    private static UsageException Empty(string path) =>
        new($"{path} is empty, expected one row a line, with the names of the columns; check the file.");

    private static UsageException NotAnObject(string path, int number, string line, Exception? error) =>
        new(
            $"{path}, line {number}: expected a JSON object such as {{\"text\": \"…\", \"label\": \"…\"}} in each line, "
            + $"found {Shorten(line)}; correct the line.",
            error);

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
