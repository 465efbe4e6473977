using System.Globalization;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Results;

/// <summary>Holds cells that were run again against the results that were there before, by the experiment's bands.</summary>
internal static class BandCheck
{
    /// <summary>A line per value outside its band, then how many were compared; nothing when nothing was there before.</summary>
    public static IEnumerable<string> Compare(Experiment experiment, IReadOnlyList<CellResult> before, IReadOnlyList<CellResult> after, IReadOnlyList<CellKey> ran)
    {
        int compared = 0, outside = 0, otherSettings = 0;
        foreach (CellResult now in after.Where(cell => ran.Contains(cell.Key)))
        {
            if (before.FirstOrDefault(cell => cell.Key == now.Key) is not { } earlier)
                continue;
            if ((earlier.Rows[0].ConfigHash, earlier.Rows[0].DataHash) != (now.Rows[0].ConfigHash, now.Rows[0].DataHash))
            {
                otherSettings++;
                continue;
            }
            foreach (var (quantity, expected, found, band) in Values(experiment, earlier, now))
            {
                compared++;
                if (found is { } inside && band.Holds(expected, inside))
                    continue;
                outside++;
                string became = found?.ToString(CultureInfo.InvariantCulture) ?? "missing";
                yield return FormattableString.Invariant($"  outside its band: {now.Key}: {quantity} was {expected}, is {became}");
            }
        }
        if (otherSettings > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"{otherSettings} cells have other settings or data than the earlier results: not comparable.");
        if (compared > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"Against the earlier results: {compared - outside} of {compared} values in their bands.");
    }

    private static IEnumerable<(string Quantity, double Expected, double? Found, Band Band)> Values(Experiment experiment, CellResult earlier, CellResult now)
    {
        foreach (Band band in experiment.Bands.Where(band => band.Quantity != "score"))
        {
            if (earlier.Rows[0].Quantity(band.Quantity) is { } expected)
                yield return (band.Quantity, expected, now.Rows[0].Quantity(band.Quantity), band);
        }
        if (experiment.Bands.FirstOrDefault(band => band.Quantity == "score") is not { } score)
            yield break;
        foreach (ResultRow row in earlier.Rows.Where(row => row.Metric != CellRows.TrainLoss && row.Value is not null))
            yield return (row.Metric, row.Value!.Value, now.Rows.FirstOrDefault(other => other.Metric == row.Metric)?.Value, score);
    }
}
