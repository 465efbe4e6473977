using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;

namespace SafeTune.Data;

/// <summary>Writes a user's rows with predictions appended, in the format they came in.</summary>
internal static class PredictionWriter
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="stream">Where to.</param>
    /// <param name="encoding">The table's.</param>
    /// <param name="newLine">The table's line end.</param>
    /// <param name="format">The table's.</param>
    /// <param name="separator">Between the fields (CSV, TSV).</param>
    /// <param name="columns">The header.</param>
    /// <param name="rows">The rows as they were read.</param>
    /// <param name="added">Names of the new columns: label and score, or score alone.</param>
    /// <param name="labels">One a row; null when only scores are added.</param>
    /// <param name="unquoted">The labels are numbers or truth values, and are written without quotes (JSON Lines).</param>
    /// <param name="scores">One a row.</param>
    public static void Write(
        Stream stream, TextEncoding encoding, string newLine, TableFormat format, char separator, IReadOnlyList<string> columns, IReadOnlyList<TableRow> rows,
        IReadOnlyList<string> added, IReadOnlyList<string>? labels, bool unquoted, IReadOnlyList<double> scores)
    {
        using var writer = new StreamWriter(stream, encoding.Encoding, leaveOpen: true) { NewLine = newLine };
        if (format == TableFormat.JsonLines)
        {
            for (var i = 0; i < rows.Count; i++)
                writer.WriteLine(WithProperties(rows[i].Raw, added, labels?[i], unquoted, scores[i]));
            return;
        }

        // TSV knows no quoting: fields are written as they are.
        using var csv = CsvWriter.Create(
            writer,
            new CsvWriterOptions { Separator = separator, NewLine = newLine, Mode = format == TableFormat.Tsv ? CsvMode.NoEscape : CsvMode.Rfc4180 },
            leaveOpen: true);
        csv.WriteRecord([.. columns, .. added]);
        for (var i = 0; i < rows.Count; i++)
        {
            var score = scores[i].ToString("R", CultureInfo.InvariantCulture);
            csv.WriteRecord(labels is null ? [.. rows[i].Fields!, score] : [.. rows[i].Fields!, labels[i], score]);
        }
    }

    /// <summary>The object as the user wrote it, to the letter, with the new keys before its closing brace.</summary>
    private static string WithProperties(string json, IReadOnlyList<string> names, string? label, bool unquoted, double score)
    {
        // JSON has no NaN.
        var number = double.IsFinite(score) ? score.ToString("R", CultureInfo.InvariantCulture) : "null";
        string[] values = label is null ? [number] : [unquoted ? label : JsonSerializer.Serialize(label, Readable), number];
        var properties = string.Join(", ", names.Zip(values, (name, value) => $"\"{name}\": {value}"));
        var open = json[..^1].TrimEnd();
        return open + (open.EndsWith('{') ? "" : ", ") + properties + "}";
    }
}
