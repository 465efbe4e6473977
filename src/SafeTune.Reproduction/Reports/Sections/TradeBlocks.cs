using SafeTune.Reproduction.Reports.Summary;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>What each method gives and takes against its adapter alone.</summary>
internal static class TradeBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        if (table.Ratios.Count == 0)
            yield break;
        bool published = table.Ratios.Any(line => line.PublishedMemory is not null || line.PublishedFlops is not null);
        yield return table.Part("The trade");
        if (table.Methods.Any(method => method.Tasks.Count > 1))
        {
            yield return new Prose($"Means over the tasks that both have, against {Words.Method(table.Methods[0].Base)}.");
            yield return Means(table.Methods);
        }
        yield return new Prose("Task by task, what each method gives and takes, as a share of its adapter alone over the seeds that both have; the score as a difference in points."
            + (published ? " Beside them the published shares; same kind: less (below 0.95), about as much, or more (above 1.05), for resident + after and for compute." : ""));
        string[] header = ["task", "method", "seeds", "score", "memory after", "memory mean", "resident + after", "compute", "time",
            .. published ? ["published memory", "published compute", "same kind"] : Array.Empty<string>()];
        yield return new Grid(header, [.. table.Ratios.Select(line => (IReadOnlyList<string>)
        [
            line.Task, line.Method, Words.Number(line.Seeds, "0"), Words.Signed(line.ScoreDifference), Words.Number(line.MemoryAfter), Words.Number(line.MemoryMean),
            Words.Number(line.WholeMemory), Words.Number(line.Flops), line.WhyNoTime ?? Words.Number(line.Seconds),
            .. published ? [Words.Number(line.PublishedMemory), Words.Number(line.PublishedFlops), Kind(line)] : Array.Empty<string>(),
        ])],
            new HashSet<int>(Enumerable.Range(2, published ? 9 : 7))).FoldedIfLong("Task by task");
        if (table.Remarks.Count > 0)
            yield return new Prose(Words.Bullets(table.Remarks));

        static string Kind(RatioLine line) => (line.MemoryAsPublished, line.FlopsAsPublished) switch
        {
            (null, null) => "",
            (false, false) => "**neither**",
            (false, _) => "**memory not**",
            (_, false) => "**compute not**",
            _ => "yes",
        };
    }

    private static Grid Means(IReadOnlyList<MethodSummary> methods) => new(
        ["method", "tasks", "mean score", "difference", "memory after", "memory mean", "resident + after", "compute", "time", "frozen"],
        [.. methods.Select(method => (IReadOnlyList<string>)
        [
            method.Method, Words.Number(method.Tasks.Count, "0"), method.LessIsBetter is null ? "" : Words.Number(method.Score), method.LessIsBetter is null ? "" : Words.Signed(method.ScoreDifference),
            Words.Number(method.MemoryAfter), Words.Number(method.MemoryMean), Words.Number(method.WholeMemory), Words.Number(method.Flops), Words.Number(method.Seconds), Words.Percent(method.Frozen),
        ])],
        new HashSet<int>(Enumerable.Range(1, 9)));
}
