namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>LoRA beside another implementation's.</summary>
internal static class ReferenceBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        if (table.References.Count == 0)
            yield break;
        yield return table.Part("Against another implementation");
        yield return new Prose($"LoRA beside {table.ReferenceBy}, same model, data and settings; seeds mean other random numbers there.");
        yield return new Grid(["task", "metric", "theirs", "ours", "difference", "allowed", "agrees"], [.. table.References.Select(line => (IReadOnlyList<string>)
        [
            line.Task, line.Metric, Words.Score(line.Theirs, Format(line)), Words.Score(line.Ours, Format(line)),
            line.Relative ? Words.Signed(100 * line.Difference) + " %" : Words.Signed(line.Difference),
            line.Relative ? Words.Percent(line.Tolerance) : Words.Number(line.Tolerance, "0.0"),
            line.Holds ? "yes" : "**no**",
        ])], new HashSet<int> { 2, 3, 4, 5 });

        static string Format(ReferenceLine line) => line.Relative ? "0.0000" : "0.00";
    }
}
