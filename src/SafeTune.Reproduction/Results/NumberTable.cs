using System.Globalization;
using CsvHelper;

namespace SafeTune.Reproduction.Results;

/// <summary>A CSV of given numbers (the paper's, or another implementation's): header and lines by column name.</summary>
public sealed class NumberTable
{
    private readonly List<Dictionary<string, string>> _lines = [];

    /// <exception cref="UsageException">The file is not a CSV with a header.</exception>
    public static NumberTable Read(string file)
    {
        var table = new NumberTable();
        using var text = new StreamReader(file);
        using var csv = CsvReader.Create(text);
        csv.ReadHeader();
        string[] header = [.. csv.Headers];
        if (header.Length == 0)
            throw new UsageException($"{file}: the file is empty; expected a header line and numbers.");
        while (csv.Read())
            table._lines.Add(Enumerable.Range(0, Math.Min(header.Length, csv.FieldCount)).ToDictionary(i => header[i], i => csv.GetString(i) ?? ""));
        return table;
    }

    public IEnumerable<int> Where(string column, string value) => Enumerable.Range(0, _lines.Count).Where(line => _lines[line].GetValueOrDefault(column) == value);

    /// <summary>A number, or null where the field is empty or there is no such column.</summary>
    public double? Number(int line, string column) =>
        _lines[line].TryGetValue(column, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
