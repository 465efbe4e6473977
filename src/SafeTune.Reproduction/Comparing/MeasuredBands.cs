using System.Globalization;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>
/// Bands from repeated runs: one and a half times the largest deviation from their mean, and never less than a floor. A band is of one method on one
/// task; its runs differ in nothing but the seed.
/// </summary>
public static class MeasuredBands
{
    /// <summary>Fewer say nothing about a spread.</summary>
    public const int LeastRuns = 3;

    private const double Factor = 1.5, FloorPoints = 0.5, FloorShare = 0.01;

    /// <summary>Writes <c>&lt;table&gt;.bands.csv</c> beside each table of a scale, and says what deserves a second look.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="scale">A folder's name below results/; null = every one that has results.</param>
    /// <param name="output">For the summary.</param>
    /// <exception cref="UsageException">There are no results, or a file is broken.</exception>
    public static void Write(string root, string? scale, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (var (files, experiments) in HeldTables.Of(root, scale).Where(table => File.Exists(table.Files.ResultsFile)))
        {
            List<BandRow> rows = Of(files.Read(), new BandBook(experiments, []), files.Table);
            CsvFile.Write(files.BandsFile, rows);
            int few = rows.Count(row => row.Band is null);
            output.WriteLine(FormattableString.Invariant($"{files.BandsFile}: {rows.Count - few} bands; {few} of fewer than {LeastRuns} runs, where the experiment's band counts."));
            foreach (BandRow flat in rows.Where(row => row.Rule.StartsWith("warning", StringComparison.Ordinal)))
                output.WriteLine($"  {flat.Rule}: {flat.Method} on {flat.Task} ({flat.Model}), {flat.Quantity}");
        }
    }

    internal static List<BandRow> Of(IReadOnlyList<CellResult> cells, BandBook experiments, string table) =>
    [
        .. from cell in cells
           where cell.Status == ResultRow.Ok
           group cell by (cell.Key.Model, cell.Key.Task, cell.Key.Method) into runs
           from quantity in Quantities(runs.First(), experiments)
           let band = Band([.. runs.OrderBy(run => run.Key.Seed)], quantity)
           where band is not null
           select band with { Table = table, Model = runs.Key.Model, Method = runs.Key.Method, Task = runs.Key.Task, Quantity = quantity },
    ];

    // What is counted repeats exactly and needs no band.
    private static IEnumerable<string> Quantities(CellResult cell, BandBook experiments) => cell.Rows.Select(row => row.Metric)
        .Concat(experiments.Quantities(cell.Key.Model).Where(quantity => experiments.ForQuantity(cell.Key, quantity, oneStack: true) is { Exact: false }));

    private static BandRow? Band(IReadOnlyList<CellResult> runs, string quantity)
    {
        (int Seed, double Value)[] values =
        [
            .. from run in runs
               let value = run.Rows.FirstOrDefault(row => row.Metric == quantity)?.Value ?? run.Rows[0].Quantity(quantity)
               where value is { } number && double.IsFinite(number)
               select (run.Key.Seed, value.Value),
        ];
        if (values.Length == 0)
            return null;
        double mean = values.Average(each => each.Value);
        // A mean of equal numbers may differ from them in its last digit.
        double largest = values.All(each => each.Value == values[0].Value) ? 0 : values.Max(each => Math.Abs(each.Value - mean));
        double floor = Quality.IsInPoints(quantity) ? FloorPoints : FloorShare * Math.Abs(mean);
        var row = new BandRow { Floor = Math.Round(floor, 8), Runs = values.Length, Seeds = string.Join(' ', values.Select(each => each.Seed.ToString(CultureInfo.InvariantCulture))) };
        if (values.Length < LeastRuns)
            return row with { Rule = FormattableString.Invariant($"too few runs (fewer than {LeastRuns}): the experiment's band") };
        double band = Math.Max(Factor * largest, floor);
        string rule = largest == 0 ? "warning: no spread at all: the floor"
            : Factor * largest < floor ? "the floor: above 1.5 x the largest deviation from the mean"
            : "1.5 x the largest deviation from the mean";
        return row with { Band = Math.Round(band, 8), Rule = rule };
    }
}
