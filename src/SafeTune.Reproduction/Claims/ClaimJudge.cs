using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Claims;

public enum ClaimOutcome
{
    Holds,
    Fails,
    CannotBeJudged,
}

/// <summary>What became of a claim, with the numbers in words.</summary>
/// <param name="Sentence">The claim.</param>
/// <param name="Inequality">As it stands in the experiment file.</param>
/// <param name="Outcome">Holds, fails, or cannot be judged.</param>
/// <param name="Explanation">Both sides and the margin, or what is missing.</param>
public sealed record ClaimVerdict(string Sentence, string Inequality, ClaimOutcome Outcome, string Explanation);

/// <summary>Holds claims against the cells of a table.</summary>
public static class ClaimJudge
{
    public static ClaimVerdict Judge(Claim claim, Experiment experiment, IReadOnlyList<CellResult> cells)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(experiment);
        var sides = experiment.Columns.Select(column => Sides(claim, column, cells)).OfType<ColumnSides>().ToList();
        string missing = sides.Count == experiment.Columns.Count ? "" : "; the other columns have no result";
        if (sides.Count == 0)
            return new(claim.Sentence, claim.Text, ClaimOutcome.CannotBeJudged, Missing(claim, cells));
        if (claim.Scope == Scope.AverageOverColumns)
        {
            double left = sides.Average(side => side.Left), right = sides.Average(side => side.Right);
            return new(claim.Sentence, claim.Text, claim.Holds(left, right) ? ClaimOutcome.Holds : ClaimOutcome.Fails,
                $"{Margin.Of(claim, left, right)}, on average over {(missing.Length == 0 && sides.Count > 1 ? $"all {sides.Count} tasks" : string.Join(", ", sides.Select(side => side.Task)))}{missing}");
        }
        bool holds = sides.All(side => claim.Holds(side.Left, side.Right));
        return new(claim.Sentence, claim.Text, holds ? ClaimOutcome.Holds : ClaimOutcome.Fails,
            string.Join("; ", sides.Select(side => $"{side.Task}: {Margin.Of(claim, side.Left, side.Right)}")) + missing);
    }

    /// <summary>Both sides of the claim in one column, means over the seeds that every row of the claim has.</summary>
    private static ColumnSides? Sides(Claim claim, Column column, IReadOnlyList<CellResult> cells)
    {
        CellResult[] ok = [.. cells.Where(cell => cell.Key.Task == column.Task && cell.Status == ResultRow.Ok)];
        string[] methods = [.. claim.Quantities.Select(quantity => quantity.Method).Distinct()];
        bool Has(string method, int seed) => ok.Any(cell => cell.Key.Seed == seed && cell.Key.Method == method);
        int[] seeds = [.. ok.Select(cell => cell.Key.Seed).Distinct().Where(seed => methods.All(method => Has(method, seed)))];
        if (seeds.Length == 0 || (claim.Quantities.Any(quantity => quantity.Name == "seconds") && !SameMachine(ok, methods, seeds)))
            return null;
        double? left = claim.Left.Value(Mean), right = claim.Right.Value(Mean);
        return left is { } l && right is { } r && double.IsFinite(l) && double.IsFinite(r) ? new ColumnSides(column.Task, l, r) : null;

        double? Mean(Quantity quantity)
        {
            var here = ok.Where(cell => cell.Key.Method == quantity.Method && seeds.Contains(cell.Key.Seed));
            double?[] values = [.. here.Select(cell => ValueOf(cell, column, quantity.Name))];
            return values.Any(value => value is null) ? null : values.Average();
        }
    }

    /// <summary>A quantity of a cell by the name that claims use.</summary>
    internal static double? ValueOf(CellResult cell, Column column, string name) => name switch
    {
        "value" => Metric(cell, column.Metric),
        "seconds" => cell.Run?.TrainSeconds + cell.Run?.ProbeSeconds,
        _ when ResultRow.Quantities.Contains(name) => cell.Rows[0].Quantity(name),
        _ => Metric(cell, name),
    };

    /// <summary>Times are only compared on one machine, processor and thread count.</summary>
    internal static bool SameMachine(IEnumerable<CellResult> cells, IReadOnlyList<string> methods, IReadOnlyList<int> seeds) =>
        cells.Where(cell => methods.Contains(cell.Key.Method) && seeds.Contains(cell.Key.Seed))
            .Select(cell => (cell.Run?.Device, cell.Run?.Torch)).Distinct().Count() == 1;

    private static double? Metric(CellResult cell, string metric) => cell.Rows.FirstOrDefault(row => row.Metric == metric)?.Value;

    private static string Missing(Claim claim, IReadOnlyList<CellResult> cells)
    {
        string[] present = [.. cells.Where(cell => cell.Status == ResultRow.Ok).Select(cell => cell.Key.Method)];
        string[] absent = [.. claim.Quantities.Select(quantity => quantity.Method).Distinct().Except(present)];
        return absent.Length > 0
            ? $"no finished cell of {string.Join(", ", absent)}"
            : $"no column has {string.Join(" and ", claim.Quantities.Select(quantity => $"{quantity.Name} of {quantity.Method}"))} for one seed";
    }

    private sealed record ColumnSides(string Task, double Left, double Right);
}
