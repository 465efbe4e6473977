using System.Text;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>
/// Reads a folder of results that a stranger may have made: the files of known tables and nothing else, no symbolic links, no more than
/// <see cref="MostBytes"/> of each, and every row in the table and scale that it says it is of.
/// </summary>
internal static class ResultFolder
{
    public const long MostBytes = 8_000_000;

    private const int LongestName = 200;

    /// <summary>The names of a known table's files that are read.</summary>
    public static IEnumerable<string> Names(string table) => [table + ".csv", table + ".runs.csv", table + ".bands.csv"];

    /// <exception cref="UsageException">There is nothing to read in it, or something that is not as it should be; file and line are named.</exception>
    public static ResultSet Read(string folder, string name, IReadOnlyList<string> tables, string scale)
    {
        var directory = new DirectoryInfo(folder);
        if (!directory.Exists)
            throw new UsageException($"'{folder}' is no folder of results.");
        if (directory.LinkTarget is not null)
            throw new UsageException($"'{folder}' is a symbolic link; name the folder itself.");
        var found = tables.Select(table => new TableFiles(folder, table)).Where(files => Path.Exists(files.ResultsFile)).ToList();
        if (found.Count == 0)
            throw new UsageException($"There are no results of a known table in '{folder}'; expected for example {tables[0]}.csv directly in it.");
        return new ResultSet(
            name,
            found.ToDictionary(files => files.Table, files => Cells(files, scale)),
            [.. found.SelectMany(files => Rows<RunRow>(files.RunsFile, row => Misplaced(row, files.Table, scale)))],
            found.ToDictionary(files => files.Table, files => Rows<BandRow>(files.BandsFile, row => row.Complaint(files.Table))));
    }

    private static List<CellResult> Cells(TableFiles files, string scale)
    {
        Func<ResultRow, string?> unseen = ResultText.Unseen();
        List<ResultRow> rows = Rows<ResultRow>(files.ResultsFile, row => Misplaced(row, files.Table, scale) ?? TooLong(row.Metric) ?? unseen(row));
        return ResultText.Cells(rows);
    }

    private static List<T> Rows<T>(string file, Func<T, string?> complaint) where T : new()
    {
        if (!Path.Exists(file))
            return [];
        var info = new FileInfo(file);
        if (info.LinkTarget is not null || !info.Exists)
            throw new UsageException($"{file} is no plain file; results are read from files, not from links or folders.");
        if (info.Length > MostBytes)
            throw new UsageException($"{file} has {info.Length} bytes; a table of results has at most {MostBytes}.");
        if (info.Length == 0)
            throw new UsageException($"{file} is empty; expected a header line and rows.");
        using var text = new StreamReader(file, Encoding.UTF8);
        return CsvFile.Parse(text, file, complaint);
    }

    private static string? Misplaced(ICellKey row, string table, string scale) =>
        row.Table != table ? $"a row of table '{row.Table}' in a file of {table}."
        : row.Scale != scale && !scale.StartsWith(row.Scale + "-", StringComparison.Ordinal) ? $"a row of scale '{row.Scale}' where scale {scale} is compared."
        : TooLong(row.Model) ?? TooLong(row.Method) ?? TooLong(row.Task);

    private static string? TooLong(string name) => name.Length <= LongestName ? null : FormattableString.Invariant($"a name of {name.Length} characters; at most {LongestName} are read.");
}
