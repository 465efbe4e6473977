using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Comparing;

namespace SafeTune.Reproduction.Results;

/// <summary>A table's files while its cells run, and what stood in them before.</summary>
/// <param name="root">The repository's root.</param>
/// <param name="runsFolder">artifacts/runs.</param>
/// <param name="plans">Of one table, one for each model.</param>
internal sealed class TableResults(string root, string runsFolder, IReadOnlyList<TablePlan> plans)
{
    private readonly List<CellResult> _before = FilesOf(root, plans).Read();

    public TableFiles Files { get; } = FilesOf(root, plans);

    public Assembly Assembly { get; } = new(FilesOf(root, plans), runsFolder, row => plans.Any(plan => plan.IsCurrent(row)));

    /// <summary>A line for each value of the cells that ran which does not hold against the value before, then the counts; nothing when nothing was there before.</summary>
    public IEnumerable<string> AgainstBefore(IReadOnlyList<CellKey> ran)
    {
        var comparison = new Comparison(BandBook.Of(Files, [.. plans.Select(plan => plan.Experiment)]));
        CellKey[] again = [.. ran.Intersect(_before.Select(cell => cell.Key))];
        Difference[] all = [.. comparison.Compare(Of(_before), Of(Files.Read()))];
        foreach (Difference difference in all.Where(difference => !Verdicts.Holds(difference.Verdict)))
            yield return $"  against the earlier results: {difference}";
        if (all.Length > 0)
            yield return $"Against the earlier results: {Verdicts.Count(all)}.";

        CellResult[] Of(IEnumerable<CellResult> cells) => [.. cells.Where(cell => again.Contains(cell.Key))];
    }

    private static TableFiles FilesOf(string root, IReadOnlyList<TablePlan> plans) => new(Path.Combine(root, "results", plans[0].ResultsFolder), plans[0].Experiment.Table);
}
