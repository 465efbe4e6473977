using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>From the rows of a file that anyone may have edited to cells.</summary>
internal static class ResultText
{
    public static List<CellResult> Cells(IEnumerable<ResultRow> rows) => [.. rows.GroupBy(CellKey.Of).Select(cell => new CellResult([.. cell], null, []))];

    /// <summary>A check for <see cref="CsvFile.Parse"/>: a metric of a cell stands once.</summary>
    public static Func<ResultRow, string?> Unseen()
    {
        var seen = new HashSet<(CellKey, string)>();
        return row => seen.Add((CellKey.Of(row), row.Metric)) ? null : $"{row.Metric} of {CellKey.Of(row)} stands here a second time.";
    }
}
