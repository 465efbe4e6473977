using SafeTune.Reproduction.Reports.Audit;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>Where the paper's own figures disagree, and what an honest count gives.</summary>
internal static class AuditBlocks
{
    public static IEnumerable<Block> Of(ReportModel model)
    {
        var sentences = model.Tables.Where(table => table.NotReproducible.Count > 0).DistinctBy(table => table.Table).ToArray();
        if (model.Audit.Count == 0 && sentences.Length == 0)
            yield break;
        yield return new Heading(2, "The paper's own figures");
        if (model.Audit.Count > 0)
        {
            AuditLine[] wrong = [.. model.Audit.Where(line => !line.Agrees)];
            yield return new Prose($"Of {Words.Count(model.Audit.Count, "figure", "figures")} that are calculated again from the paper's own tables or counted from its models' shapes, {wrong.Length} come out otherwise than printed.{Largest(model)}");
            yield return new Fold($"{Words.Count(model.Audit.Count, "figure", "figures")} calculated again",
            [
                new Grid(["figure", "printed", "calculated", "", "how"], [.. model.Audit.Select(line => (IReadOnlyList<string>)
                    [line.Figure, line.Printed, line.Calculated, line.Agrees ? "agrees" : "**differs**", line.How])], new HashSet<int> { 1, 2 }),
            ]);
        }

        foreach (TableReport table in sentences)
            yield return new Fold($"{table.ShortTitle}: what cannot be reproduced, because the paper's own numbers disagree", [new Prose(Words.Bullets(table.NotReproducible))]);
    }

    /// <summary>The printed savings of compute beside the largest one measured here.</summary>
    private static string Largest(ReportModel model)
    {
        var best = model.Tables.SelectMany(table => table.Ratios.Where(ratio => ratio is { IsSafe: true, Flops: not null }).Select(ratio => (Table: table, Ratio: ratio)))
            .OrderBy(pair => pair.Ratio.Flops).FirstOrDefault();
        return best.Ratio is not { } ratio ? ""
            : $" The most compute that SAFE saved here is {Words.Percent(1 - ratio.Flops)} ({best.Table.Name}, {ratio.Method} on {ratio.Task}).";
    }
}
