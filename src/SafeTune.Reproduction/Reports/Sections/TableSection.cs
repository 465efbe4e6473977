using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Reports.Charts;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>A table's section: its verdict and drawings, and below them, folded but for the first table's, everything they rest on.</summary>
internal static class TableSection
{
    public static IEnumerable<Block> Of(TableReport table, bool isFirst)
    {
        yield return new Heading(2, table.Heading);
        yield return new Prose(Verdict(table));
        IReadOnlyList<Chart> charts = Charts(table);
        if (charts.Count > 0)
            yield return new Figures(charts);
        yield return new Fold("Scores, claims, costs, freezing and where it ran", [.. Content(table)], Open: isFirst);
    }

    /// <summary>What was measured, what SAFE gains over the adapter alone, how the claims stand.</summary>
    public static string Verdict(TableReport table)
    {
        string measured = $"{Words.Count(table.Ok, "cell", "cells")} measured";
        int failed = table.Missing.Count(cell => cell.Status == ResultRow.Failed), refused = table.Missing.Count - failed;
        if (failed > 0)
            measured += $", {failed} failed";
        if (refused > 0)
            measured += $", {refused} refused";
        string claims = table.Claims.Count == 0 ? "no claims" :
            $"of {Words.Count(table.Claims.Count, "claim", "claims")} {Words.Count(table.Count(ClaimOutcome.Holds), "holds", "hold")}, "
            + $"{Words.Count(table.Count(ClaimOutcome.Fails), "fails", "fail")}, {table.Count(ClaimOutcome.CannotBeJudged)} cannot be judged";
        string held = table.Held is null ? "Nobody verified these results yet" : $"Against the verified results: {Verdicts.Count(table.Held)}";
        return $"{measured}. {Trade(table.Safe)}. {char.ToUpperInvariant(claims[0])}{claims[1..]}. {held}.";
    }

    private static string Trade(SafeOutcome? safe)
    {
        if (safe is null)
            return "SAFE and the adapter alone have no common result yet";
        string score = safe.ScoreDifference is null ? "" : $"score {Words.Signed(safe.ScoreDifference)} points";
        string[] parts =
        [
            score, Share("memory after freezing", safe.MemoryAfter), Share("mean memory", safe.MemoryMean), Share("compute", safe.Flops), Share("time", safe.Seconds),
        ];
        return $"SAFE against {string.Join(", ", safe.Adapters.Select(Words.Method))} over {string.Join(", ", safe.Tasks)}: {string.Join(", ", parts.Where(part => part.Length > 0))}";

        static string Share(string what, double? share) => share is null ? "" : $"{what} × {Words.Number(share)}";
    }

    /// <summary>The drawings that stand in the open.</summary>
    public static IReadOnlyList<Chart> Charts(TableReport table)
    {
        string scores = table.Scores.Select(line => line.Task).Distinct().ToArray() is [var only]
            ? $"{table.Scores[0].Metric} of {only}{(Metric.LessIsBetter(table.Scores[0].Metric) ? " (less is better)" : "")}"
            : "score, mean over the tasks";
        IReadOnlyList<TradePoint> points = Frontier.Of(table.Methods);
        return [.. new[]
        {
            BarChart.Of($"{table.FileName}-costs", table.ShortTitle, table.Methods),
            ScatterChart.Of($"{table.FileName}-trade", table.ShortTitle, points, table.Methods.Count > 0 ? table.Methods[0].Base : "", scores),
        }.OfType<Chart>()];
    }

    private static List<Block> Content(TableReport table)
    {
        string orientation = table.Comparable
            ? $"Model {table.Model}, as published; scores are of {table.Evaluation}."
            : $"Model {table.Model}; the published numbers are of {table.PaperModel} on the full data and the paper's test split, and are shown for orientation "
                + $"only: they cannot be expected here. Scores are of {table.Evaluation}.";
        if (table.Made is not null)
            orientation += $" {table.Model} is no pre-trained model: random weights, then {table.Made} in the place of pre-training.";
        if (table.Custom is not null)
            orientation += $" This is a custom run ({table.Custom}): not comparable with any other results.";
        return
        [
            new Prose(orientation),
            .. ScoreBlocks.Of(table), .. ClaimBlocks.Of(table), .. TradeBlocks.Of(table), .. CostBlocks.Of(table), .. ReferenceBlocks.Of(table),
            .. CurveBlocks.Of(table), .. PatternBlocks.Of(table), .. MissingBlocks.Of(table),
            table.Part("Where it ran"), new Prose(Words.Bullets(table.Environments)),
        ];
    }
}
