namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>What has no result, or less data than published.</summary>
internal static class MissingBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        var lines = new List<string>();
        lines.AddRange(table.Missing.Select(cell => $"{cell.Key}: {cell.Status}, {cell.Reason}"));
        if (table.NotRun.Count > 0)
            lines.Add($"Not run: {string.Join("; ", table.NotRun)}. Without every column there is no average over the table.");
        lines.AddRange(table.Notes);
        if (lines.Count == 0)
            yield break;
        yield return table.Part("What is missing or cut");
        yield return new Prose(Words.Bullets(lines));
    }
}
