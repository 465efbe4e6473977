using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>A method over a table: its score beside the base method's, and its costs as shares of the base method's; means over the tasks and seeds that both have.</summary>
public sealed record MethodSummary(
    string Method, string Base, IReadOnlyList<string> Tasks, double? Score, double? BaseScore,
    double? MemoryAfter, double? MemoryMean, double? WholeMemory, double? Flops, double? Seconds, double? Frozen)
{
    /// <summary>True where a smaller score is the better one; null where the columns differ in that, and a mean means nothing.</summary>
    public required bool? LessIsBetter { get; init; }

    public double? ScoreDifference => Score - BaseScore;
    public bool IsSafe => Method.EndsWith("+safe", StringComparison.Ordinal);

    /// <summary>Every method that ran, against <c>lora</c> (or the table's first row where LoRA is none of them), itself included.</summary>
    internal static IReadOnlyList<MethodSummary> Of(Experiment experiment, IReadOnlyList<CellResult> cells)
    {
        string against = experiment.Rows.Contains("lora") ? "lora" : experiment.Rows[0];
        return [.. experiment.Rows.Select(method => Of(experiment, cells, method, against)).OfType<MethodSummary>()];
    }

    /// <summary>Every method with SAFE, against its adapter alone.</summary>
    internal static IReadOnlyList<MethodSummary> OfSafe(Experiment experiment, IReadOnlyList<CellResult> cells) =>
        [.. experiment.Rows.Where(method => method.EndsWith("+safe", StringComparison.Ordinal)).Select(method => Of(experiment, cells, method, method.Split('+')[0])).OfType<MethodSummary>()];

    /// <summary>One method against another; null when they have no task and seed in common.</summary>
    internal static MethodSummary? Of(Experiment experiment, IReadOnlyList<CellResult> cells, string method, string against)
    {
        var pairs = experiment.Columns.SelectMany(column => Pairs(column, cells, method, against)).ToArray();
        if (pairs.Length == 0)
            return null;
        bool[] directions = [.. pairs.Select(pair => Metric.LessIsBetter(pair.Column.Metric)).Distinct()];
        return new MethodSummary(method, against, [.. pairs.Select(pair => pair.Column.Task).Distinct()], Mean(pair => pair.With, "value"), Mean(pair => pair.Alone, "value"),
            Share("memory_after_bytes"), Share("memory_mean_bytes"), Share("memory_bytes"), Share("flops"), Share("seconds"), Mean(pair => pair.With, "frozen_fraction"))
        {
            LessIsBetter = directions.Length == 1 && pairs.All(pair => Metric.IsScore(pair.Column.Metric)) ? directions[0] : null,
        };

        // A task weighs as much as any other, however many seeds it has.
        double? OverTasks(Func<Pair, double?> of)
        {
            double?[] tasks = [.. pairs.GroupBy(pair => pair.Column.Task).Select(task => Complete(task.Select(of)))];
            return Complete(tasks);
        }

        double? Mean(Func<Pair, CellResult> side, string quantity) => OverTasks(pair => ClaimJudge.ValueOf(side(pair), pair.Column, quantity));
        double? Share(string quantity) => OverTasks(pair => quantity == "seconds" && !ClaimJudge.SameMachine([pair.Alone, pair.With], [method, against], [pair.Alone.Key.Seed])
            ? null : ClaimJudge.ValueOf(pair.With, pair.Column, quantity) / ClaimJudge.ValueOf(pair.Alone, pair.Column, quantity));
    }

    // A mean over some of the tasks would be another figure than its neighbours.
    private static double? Complete(IEnumerable<double?> values) => values.ToArray() is var all && all.All(value => value is not null) ? all.Average() : null;

    private static IEnumerable<Pair> Pairs(Column column, IReadOnlyList<CellResult> cells, string method, string against)
    {
        CellResult[] here = [.. cells.Where(cell => cell.Key.Task == column.Task && cell.Status == ResultRow.Ok)];
        return from alone in here
               where alone.Key.Method == against
               from with in here
               where with.Key.Method == method && with.Key.Seed == alone.Key.Seed
               orderby alone.Key.Seed
               select new Pair(column, alone, with);
    }

    private sealed record Pair(Column Column, CellResult Alone, CellResult With);
}
