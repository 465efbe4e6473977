namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>A method's place between what it needs and what it scores.</summary>
/// <param name="Method">Its label.</param>
/// <param name="Memory">The less the better.</param>
/// <param name="Score">The better, the higher, or the lower where the metric is an error.</param>
/// <param name="OnFrontier">No other method is at least as good in both and better in one.</param>
public sealed record TradePoint(string Method, double Memory, double Score, bool OnFrontier);

/// <summary>Which methods no other one beats in score and memory at once.</summary>
internal static class Frontier
{
    /// <summary>The methods that have every task the base method has; a mean over fewer tasks is another figure.</summary>
    public static IReadOnlyList<TradePoint> Of(IReadOnlyList<MethodSummary> methods)
    {
        int tasks = methods.Count == 0 ? 0 : methods.Max(method => method.Tasks.Count);
        MethodSummary[] whole = [.. methods.Where(method => method.Tasks.Count == tasks && method is { LessIsBetter: not null, Score: not null, WholeMemory: not null })];
        return [.. whole.Select(method => new TradePoint(method.Method, method.WholeMemory!.Value, method.Score!.Value, !whole.Any(other => Beats(other, method))))];
    }

    private static bool Beats(MethodSummary one, MethodSummary other)
    {
        double gain = one.LessIsBetter == true ? other.Score!.Value - one.Score!.Value : one.Score!.Value - other.Score!.Value;
        double saving = other.WholeMemory!.Value - one.WholeMemory!.Value;
        return gain >= 0 && saving >= 0 && (gain > 0 || saving > 0);
    }
}
