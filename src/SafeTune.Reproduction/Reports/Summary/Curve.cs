using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>The losses of a training that freezes, beside its adapter's alone, and what froze at which step.</summary>
public sealed record Curve(CellKey Key, string Adapter, IReadOnlyList<CurveRow> Losses, IReadOnlyList<CurveRow> Alone, IReadOnlyList<(int Step, IReadOnlyList<int> Blocks)> Events)
{
    /// <summary>One for each task and method with SAFE, of the first seed.</summary>
    internal static IEnumerable<Curve> Of(Experiment experiment, IReadOnlyList<CellResult> cells)
    {
        return
            from column in experiment.Columns
            from method in experiment.Rows
            where method.EndsWith("+safe", StringComparison.Ordinal)
            let adapter = method.Split('+')[0]
            let cell = Find(method, column.Task, null)
            where cell is not null && cell.Curve.Count > 1
            select new Curve(cell.Key, adapter, cell.Curve, Find(adapter, column.Task, cell.Key.Seed)?.Curve ?? [], Freezings(cell));

        CellResult? Find(string method, string task, int? seed) => cells
            .Where(cell => cell.Key.Method == method && cell.Key.Task == task && cell.Status == ResultRow.Ok && cell.Key.Seed == (seed ?? cell.Key.Seed))
            .MinBy(cell => cell.Key.Seed);
    }

    private static (int, IReadOnlyList<int>)[] Freezings(CellResult cell) =>
    [
        .. cell.Layers.Where(row => row is { State: LayerRow.Freezes, Step: not null }).GroupBy(row => row.Step!.Value).OrderBy(at => at.Key)
            .Select(at => (at.Key, (IReadOnlyList<int>)[.. at.Select(row => row.Block).Order()])),
    ];
}
