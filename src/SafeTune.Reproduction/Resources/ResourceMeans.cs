using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Resources;

/// <summary>A table that is made of others: the mean of each method over their cells, as the paper's Table 4.</summary>
internal static class ResourceMeans
{
    /// <summary>A line for each of the table's columns and each method of the source that has a result in every cell.</summary>
    /// <param name="derived">The table.</param>
    /// <param name="rowsOf">Reads a table's lines.</param>
    public static IEnumerable<ResourceRow> Of(Experiment derived, Func<string, IReadOnlyList<ResourceRow>> rowsOf)
    {
        foreach (var (task, source) in derived.Sources)
        {
            foreach (var group in rowsOf(source).Where(row => derived.Rows.Contains(row.Method)).GroupBy(row => (row.Method, row.State)))
            {
                ResourceRow[] rows = [.. group];
                yield return new ResourceRow
                {
                    Table = derived.Table,
                    Model = derived.Model,
                    Method = group.Key.Method,
                    Task = task,
                    State = group.Key.State,
                    Source = "mean",
                    Reason = $"of {rows.Length} cells of {source}, {rows.Count(row => row.Source == "measured")} of them measured",
                    ResidentBytes = (long?)rows.Average(row => row.ResidentBytes),
                    ActivationBytes = (long?)rows.Average(row => row.ActivationBytes),
                    PeakBytes = (long?)rows.Average(row => row.PeakBytes),
                    Flops = (long?)rows.Average(row => row.Flops),
                    StepSeconds = rows.Average(row => row.StepSeconds) is { } seconds ? Math.Round(seconds, 5) : null,
                    PlannedResidentBytes = (long?)rows.Average(row => row.PlannedResidentBytes),
                    PlannedPeakBytes = (long?)rows.Average(row => row.PlannedPeakBytes),
                    Device = rows[0].Device,
                    Torch = rows[0].Torch,
                };
            }
        }
    }
}
