using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>What SAFE gives and takes over a table: each adapter with SAFE against itself alone, averaged where there are several.</summary>
/// <param name="Adapters">Labels of the adapters alone.</param>
/// <param name="Tasks">Which both have.</param>
/// <param name="Score">SAFE's mean score; null where the tasks' scores have no common direction.</param>
/// <param name="AloneScore">The adapters' own.</param>
/// <param name="LessIsBetter">Of the score.</param>
/// <param name="MemoryAfter">Shares from here on.</param>
/// <param name="MemoryMean">Over the training.</param>
/// <param name="Flops">Of the whole training.</param>
/// <param name="Seconds">Null where the runs were on different machines.</param>
public sealed record SafeOutcome(
    IReadOnlyList<string> Adapters, IReadOnlyList<string> Tasks, double? Score, double? AloneScore, bool LessIsBetter,
    double? MemoryAfter, double? MemoryMean, double? Flops, double? Seconds)
{
    public double? ScoreDifference => Score - AloneScore;

    internal static SafeOutcome? Of(IReadOnlyList<MethodSummary> safes)
    {
        if (safes.Count == 0)
            return null;
        bool scored = safes.All(safe => safe.LessIsBetter is not null);
        return new SafeOutcome([.. safes.Select(safe => safe.Base)], [.. safes.SelectMany(safe => safe.Tasks).Distinct()],
            scored ? Mean(safe => safe.Score) : null, scored ? Mean(safe => safe.BaseScore) : null, safes[0].LessIsBetter == true,
            Mean(safe => safe.MemoryAfter), Mean(safe => safe.MemoryMean), Mean(safe => safe.Flops), Mean(safe => safe.Seconds));

        double? Mean(Func<MethodSummary, double?> of) => safes.Any(safe => of(safe) is null) ? null : Spread.Of(safes.Select(of))!.Mean;
    }
}
