using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>
/// Holds the cells of one table against those that were there before, value by value. Seconds are never looked at; cells with other settings or
/// data are not comparable, and never worse.
/// </summary>
/// <param name="bands">How far a value may lie.</param>
public sealed class Comparison(BandBook bands)
{
    /// <summary>A verdict for every value of every cell of either side, in the order of the cells before, new ones last.</summary>
    public IEnumerable<Difference> Compare(IReadOnlyList<CellResult> before, IReadOnlyList<CellResult> now)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(now);
        var present = now.ToDictionary(cell => cell.Key);
        var known = before.Select(cell => cell.Key).ToHashSet();
        return before.SelectMany(cell => present.TryGetValue(cell.Key, out CellResult? found) ? Cell(cell, found) : Gone(cell))
            .Concat(now.Where(cell => !known.Contains(cell.Key)).SelectMany(New));
    }

    private IEnumerable<Difference> Cell(CellResult before, CellResult now)
    {
        CellKey key = before.Key;
        if (Settings(before).Concat(Settings(now)).Distinct().Count() > 1)
            return [new(key, "", null, null, Verdict.NotComparable, Note: "other settings or data")];
        bool failedBefore = before.Rows.Any(row => row.Status != ResultRow.Ok);
        if (now.Rows.FirstOrDefault(row => row.Status != ResultRow.Ok) is { } failed)
            return [new(key, "", null, null, failedBefore ? Verdict.Same : Verdict.Failed, Note: $"{failed.Status}: {failed.Reason}")];
        return failedBefore ? New(now) : Values(before, now);

        static IEnumerable<(string, string)> Settings(CellResult cell) => cell.Rows.Select(row => (row.ConfigHash, row.DataHash));
    }

    private IEnumerable<Difference> Values(CellResult before, CellResult now)
    {
        CellKey key = before.Key;
        var rows = now.Rows.DistinctBy(row => row.Metric).ToDictionary(row => row.Metric);
        foreach (ResultRow row in before.Rows)
        {
            if (Judge(key, row.Metric, row.Value, rows.GetValueOrDefault(row.Metric)?.Value, bands.ForMetric(key, row.Metric)) is { } difference)
                yield return difference;
        }

        var pairs = before.Rows.Where(row => rows.ContainsKey(row.Metric)).Select(row => (Before: row, Now: rows[row.Metric])).ToList();
        foreach (string quantity in bands.Quantities(key.Model))
        {
            // The rows of a cell repeat its quantities; where they do not, each deviation counts.
            foreach (var (was, found, oneStack) in pairs.Select(pair => (pair.Before.Quantity(quantity), pair.Now.Quantity(quantity), pair.Before.Stack == pair.Now.Stack)).Distinct())
            {
                if ((was ?? found) is not null && Judge(key, quantity, was, found, bands.ForQuantity(key, quantity, oneStack)) is { } difference)
                    yield return difference;
            }
        }

        foreach (ResultRow row in now.Rows.Where(row => before.Rows.All(other => other.Metric != row.Metric)))
            yield return new(key, row.Metric, null, row.Value, Verdict.New);
    }

    // Without a band a value may be anything, but not go missing.
    private static Difference? Judge(CellKey key, string quantity, double? before, double? now, Band? band)
    {
        double? was = Finite(before), found = Finite(now);
        if (found is null)
            return new(key, quantity, before, now, was is null ? Verdict.Same : Verdict.Missing, band, now is null ? "" : "not a finite number");
        if (was is not { } expected)
            return new(key, quantity, before, now, Verdict.New);
        if (band is null)
            return null;
        if (found == expected)
            return new(key, quantity, before, now, Verdict.Same, band);
        if (band.Holds(expected, found.Value))
            return new(key, quantity, before, now, Verdict.InBand, band);
        return new(key, quantity, before, now, Quality.Direction(quantity) * (found.Value - expected) > 0 ? Verdict.Better : Verdict.Worse, band);
    }

    private IEnumerable<Difference> Gone(CellResult cell) => Whole(cell, Verdict.Missing, row => (row.Value, null));

    private IEnumerable<Difference> New(CellResult cell) => Whole(cell, Verdict.New, row => (null, row.Value));

    // A cell that appears or vanishes is a line for each of its scores; its bytes say nothing more.
    private IEnumerable<Difference> Whole(CellResult cell, Verdict verdict, Func<ResultRow, (double? Before, double? Now)> values)
    {
        if (cell.Rows.FirstOrDefault(row => row.Status != ResultRow.Ok) is { } failed)
            return [new(cell.Key, "", null, null, verdict, Note: $"{failed.Status}: {failed.Reason}")];
        ResultRow[] scores = [.. cell.Rows.Where(row => bands.ForMetric(cell.Key, row.Metric) is not null)];
        return (scores.Length > 0 ? scores : [.. cell.Rows]).Select(row => new Difference(cell.Key, row.Metric, values(row).Before, values(row).Now, verdict));
    }

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
