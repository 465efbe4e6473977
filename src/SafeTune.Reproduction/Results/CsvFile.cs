using System.Globalization;
using System.Reflection;
using System.Text;
using CsvHelper;

namespace SafeTune.Reproduction.Results;

/// <summary>
/// Reads and writes the result files: a record's settable properties in their order, in snake_case, invariant culture, LF, atomic replacement.
/// Equal records give equal bytes; an empty field is null.
/// </summary>
public static class CsvFile
{
    private const int LongestComplaint = 1200;

    /// <summary>Replaces the file as a whole, or leaves the old one as it is.</summary>
    public static void Write<T>(string file, IEnumerable<T> rows) => AtomicFile.WriteAllText(file, Render(rows));

    public static string Render<T>(IEnumerable<T> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        PropertyInfo[] columns = Columns<T>();
        var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" }))
        {
            csv.WriteRecord([.. columns.Select(column => Snake(column.Name))]);
            foreach (T row in rows)
                csv.WriteRecord([.. columns.Select(column => Field(column.GetValue(row)))]);
        }
        return text.ToString();
    }

    /// <summary>The rows of a file, none when it does not exist.</summary>
    /// <param name="file">To read.</param>
    /// <param name="complaint">As for <see cref="Parse"/>.</param>
    /// <exception cref="UsageException">A header or line that this version does not understand, with its number.</exception>
    public static List<T> Read<T>(string file, Func<T, string?>? complaint = null) where T : new()
    {
        if (!File.Exists(file))
            return [];
        using var text = new StreamReader(file, Encoding.UTF8);
        return Parse(text, file, complaint);
    }

    /// <summary>The rows of a text.</summary>
    /// <param name="text">From its header on.</param>
    /// <param name="file">What to call it in a complaint.</param>
    /// <param name="complaint">What is wrong with a row, as a sentence; null when nothing is.</param>
    /// <exception cref="UsageException">A header or line that this version does not understand, or a complaint, with its number.</exception>
    public static List<T> Parse<T>(TextReader text, string file, Func<T, string?>? complaint = null) where T : new()
    {
        try
        {
            return Rows(text, file, complaint);
        }
        catch (CsvFormatException broken)
        {
            throw Broken(file, broken.LineNumber, "a quoted field does not end, or goes on after its end.");
        }
    }

    private static List<T> Rows<T>(TextReader text, string file, Func<T, string?>? complaint) where T : new()
    {
        PropertyInfo[] columns = Columns<T>();
        var rows = new List<T>();
        using var csv = CsvReader.Create(text, new CsvReaderOptions { TrackLineNumbers = true });
        csv.ReadHeader();
        string[] header = [.. csv.Headers];
        string[] expected = [.. columns.Select(column => Snake(column.Name))];
        if (!header.SequenceEqual(expected))
            throw Broken(file, 1, $"expected the columns {string.Join(',', expected)}, found {string.Join(',', header)}.");
        while (csv.Read())
        {
            if (csv.FieldCount != columns.Length)
                throw Broken(file, csv.LineNumber, $"expected {columns.Length} fields, found {csv.FieldCount}.");
            object row = new T();
            for (int i = 0; i < columns.Length; i++)
            {
                string field = csv.GetString(i) ?? "";
                if (!TryParse(field, columns[i].PropertyType, out object? value))
                    throw Broken(file, csv.LineNumber, $"'{field}' is no value for {expected[i]}.");
                columns[i].SetValue(row, value);
            }
            if (complaint?.Invoke((T)row) is { } wrong)
                throw Broken(file, csv.LineNumber, wrong);
            rows.Add((T)row);
        }
        return rows;
    }

    private static PropertyInfo[] Columns<T>() =>
    [
        .. typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .OrderBy(property => property.MetadataToken),
    ];

    private static string Field(object? value) => value switch
    {
        null => "",
        // Eight decimals are more than any score or share has meaning for, and the same on every machine.
        double number => number.ToString("0.########", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static bool TryParse(string field, Type type, out object? value)
    {
        value = null;
        if (type == typeof(string))
        {
            value = field;
            return true;
        }
        if (field.Length == 0)
            return Nullable.GetUnderlyingType(type) is not null;
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        value = plain == typeof(int) && int.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) ? whole
            : plain == typeof(long) && long.TryParse(field, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long large) ? large
            : plain == typeof(double) && double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : plain == typeof(bool) && bool.TryParse(field, out bool flag) ? (object)flag
            : null;
        return value is not null;
    }

    // What a file says goes to terminals and logs: one line of it, and not the whole of it.
    private static string Shown(string what)
    {
        string line = string.Concat(what.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return line.Length <= LongestComplaint ? line : line[..LongestComplaint] + "…";
    }

    private static UsageException Broken(string file, long line, string what) =>
        new($"{file}, line {line}: {Shown(what)} Restore the file (git checkout) or delete it, and run the target again.");

    /// <summary>FlopsInputGrad is flops_input_grad.</summary>
    private static string Snake(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) && i > 0 ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));
}
