using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>The order of a report: verdict first, then what the verdict rests on, then what is only for the curious.</summary>
internal static class ReportDocument
{
    public static IReadOnlyList<Block> Of(ReportModel model)
    {
        string verdicts = string.Join("\n\n", model.Tables.Select(table => $"**{Verdict(table)}**"));
        var verdict = new Prose($"# SafeTune: reproduction at scale {model.Scale}\n\n{verdicts}");
        return model.Tables is [var only]
            ? [verdict, new Prose($"## {only.Title}"), .. Table(only)]
            : [verdict, .. model.Tables.Select((table, i) => new Fold($"{table.Title}: {Verdict(table)}", Table(table), Open: i == 0))];
    }

    /// <summary>One line: what was measured, what SAFE gains over the adapter alone, how the claims stand.</summary>
    public static string Verdict(TableReport table)
    {
        string measured = $"{table.Table}: {Words.Count(table.Ok, "cell", "cells")} measured";
        int failed = table.Missing.Count(cell => cell.Status == ResultRow.Failed), refused = table.Missing.Count - failed;
        if (failed > 0)
            measured += $", {failed} failed";
        if (refused > 0)
            measured += $", {refused} refused";
        RatioLine[] safes = [.. table.Ratios.Where(ratio => ratio.IsSafe)];
        string safe = safes.Length == 0 ? "SAFE and the adapter alone have no common result yet" :
            $"SAFE against {string.Join(", ", safes.Select(ratio => Words.Method(ratio.Adapter)).Distinct())} over {string.Join(", ", safes.Select(ratio => ratio.Task).Distinct())}: "
            + $"score {Words.Signed(Spread.Of(safes.Select(ratio => ratio.ScoreDifference))?.Mean)} points"
            + Share("memory after freezing", ratio => ratio.MemoryAfter) + Share("compute", ratio => ratio.Flops) + Share("time", ratio => ratio.Seconds);
        string claims = table.Claims.Count == 0 ? "no claims" :
            $"of {Words.Count(table.Claims.Count, "claim", "claims")} {Words.Count(table.Count(ClaimOutcome.Holds), "holds", "hold")}, "
            + $"{Words.Count(table.Count(ClaimOutcome.Fails), "fails", "fail")}, {table.Count(ClaimOutcome.CannotBeJudged)} cannot be judged";
        return $"{measured}. {safe}. {char.ToUpperInvariant(claims[0])}{claims[1..]}.";

        string Share(string what, Func<RatioLine, double?> of) => Spread.Of(safes.Select(of)) is { } share ? $", {what} × {Words.Number(share.Mean)}" : "";
    }

    private static List<Block> Table(TableReport table)
    {
        var blocks = new List<Block>();
        string orientation = table.Comparable
            ? $"Model {table.Model}, as published; scores are of {table.Evaluation}."
            : $"Model {table.Model}; the published numbers are of {table.PaperModel} on the full data and the paper's test split, and are shown for orientation "
                + $"only: they cannot be expected here. Scores are of {table.Evaluation}.";
        if (table.Custom is not null)
            orientation += $" This is a custom run ({table.Custom}): not comparable with any other results.";
        blocks.Add(new Prose(orientation));
        blocks.AddRange(ScoreBlocks(table));
        blocks.AddRange(ClaimBlocks(table));
        blocks.AddRange(TradeBlocks(table));
        blocks.AddRange(CostBlocks(table));
        blocks.AddRange(ReferenceBlocks(table));
        blocks.AddRange(PatternBlocks.Of(table));
        blocks.AddRange(MissingBlocks(table));
        blocks.Add(new Prose("### Where it ran\n\n" + Bullets(table.Environments)));
        if (table.NotReproducible.Count > 0)
            blocks.Add(new Fold("What of the paper's table cannot be reproduced, because its own numbers disagree", [new Prose(Bullets(table.NotReproducible))]));
        return blocks;
    }

    private static IEnumerable<Block> ScoreBlocks(TableReport table)
    {
        yield return new Prose("### Scores\n\nPublished against reproduced, × 100; reproduced is the mean over seeds ± sample standard deviation.");
        bool judged = table.Scores.Any(line => line.InBand is not null);
        string[] header = ["task", "metric", "method", "published", "reproduced", "difference", "seeds", "training rows", .. judged ? ["in band"] : Array.Empty<string>()];
        yield return new Grid(header, [.. table.Scores.Select(Line)], new HashSet<int> { 3, 4, 5, 6, 7 });
        if (table.Metrics.Count > 0)
            yield return new Fold("Every metric of every cell", [EveryMetric(table)]);
        if (table.Bands.Count > 0)
        {
            string against = judged ? "The score's band is held against the published number." : "Against the published numbers they are not judged here.";
            yield return new Prose($"Bands: {string.Join(", ", table.Bands)}. {against} A rerun is held against the committed results by them.");
        }

        IReadOnlyList<string> Line(ScoreLine line) =>
        [
            line.Task, line.Metric, line.Method, Words.Number(line.Published),
            line.Reproduced is null ? line.WhyNot ?? "" : Words.Score(line.Reproduced), Words.Signed(line.Difference),
            line.Reproduced is null ? "" : Words.Number(line.Reproduced.Count, "0"), Words.Rows(line.RowsUsed, line.RowsPublished),
            .. judged ? [line.InBand switch { true => "yes", false => "**no**", _ => "" }] : Array.Empty<string>(),
        ];
    }

    private static Grid EveryMetric(TableReport table)
    {
        string[] metrics = [.. table.Metrics.Select(line => line.Metric).Distinct().Order(StringComparer.Ordinal)];
        return new Grid(["task", "method", "seed", .. metrics], [.. table.Metrics.GroupBy(line => line.Key).Select(cell => (IReadOnlyList<string>)
        [
            cell.Key.Task, cell.Key.Method, Words.Number(cell.Key.Seed, "0"),
            .. metrics.Select(metric => Words.Number(cell.FirstOrDefault(line => line.Metric == metric)?.Value, metric == CellRows.TrainLoss ? "0.0000" : "0.00")),
        ])], new HashSet<int>(Enumerable.Range(2, metrics.Length + 1)));
    }

    private static IEnumerable<Block> ClaimBlocks(TableReport table)
    {
        if (table.Claims.Count == 0)
            yield break;
        yield return new Prose("### Claims");
        yield return new Grid(["claim", "verdict", "numbers"], [.. table.Claims.Select(claim => (IReadOnlyList<string>)
        [
            $"{claim.Sentence}<br>`{claim.Inequality}`",
            claim.Outcome switch { ClaimOutcome.Holds => "holds", ClaimOutcome.Fails => "**fails**", _ => "cannot be judged" },
            claim.Explanation,
        ])], new HashSet<int>());
    }

    private static IEnumerable<Block> CostBlocks(TableReport table)
    {
        yield return new Prose("### Memory, compute and time\n\nMemory in MB (10⁶ bytes) by libtorch's allocator: resident is weights and optimizer state; "
            + "before, after and mean are peaks of training steps above it, before the first freezing, after the last one, and averaged over all steps. "
            + "Compute is the whole training's matrix products, multiply-add = 2. Time is training and SAFE's probes. "
            + "Layers count from 0; the lowest trainable one decides how far the backward pass goes.");
        yield return new Grid(
            ["task", "method", "resident", "before", "after", "mean", "activations", "TFLOP", "seconds", "frozen", "lowest trainable layer"],
            [.. table.Costs.Select(line => (IReadOnlyList<string>)
            [
                line.Task, line.Method, Words.Megabytes(line.Resident), Words.Megabytes(line.Before), Words.Megabytes(line.After), Words.Megabytes(line.Mean),
                Words.Megabytes(line.Activations),
                Words.Teraflops(line.Flops), Words.Number(line.Seconds, "0"), Words.Percent(line.FrozenFraction?.Mean), line.LowestTrainable,
            ])],
            new HashSet<int> { 2, 3, 4, 5, 6, 7, 8, 9, 10 });
        string[] reasons = [.. table.Costs.Select(line => line.WhyNoMemory).OfType<string>().Distinct()];
        if (reasons.Length > 0)
            yield return new Prose($"Empty cells: {string.Join("; ", reasons)}.");
        CostLine[] published = [.. table.Costs.Where(line => line.PublishedGigabytes is not null || line.PublishedTeraflops is not null)];
        if (published.Length > 0)
        {
            yield return new Prose("Published memory is held against resident + after, published compute against the sum of forward and backward; "
                + "away from the paper's hardware and model only ratios mean anything.");
            string[] header = ["task", "method", "published GB", "reproduced GB", "published TFLOP", "reproduced TFLOP"];
            yield return new Grid(header, [.. published.Select(line => (IReadOnlyList<string>)
            [
                line.Task, line.Method, Words.Number(line.PublishedGigabytes), Words.Number((line.Resident + line.After) / 1e9),
                Words.Number(line.PublishedTeraflops, "0"), Words.Teraflops(line.Flops),
            ])], new HashSet<int> { 2, 3, 4, 5 });
        }
        else if (table.PublishedCostsOf is { } task)
        {
            yield return new Prose($"The published memory and compute are of {task}, which has no result here.");
        }
    }

    private static IEnumerable<Block> TradeBlocks(TableReport table)
    {
        if (table.Ratios.Count == 0)
            yield break;
        bool published = table.Ratios.Any(line => line.PublishedMemory is not null || line.PublishedFlops is not null);
        yield return new Prose("### The trade\n\nWhat each method gives and takes, as a share of its adapter alone over the seeds that both have; the score as a difference in points."
            + (published ? " Beside them the published shares; same kind: less (below 0.95), about as much, or more (above 1.05), for resident + after and for compute." : ""));
        string[] header = ["task", "method", "seeds", "score", "memory after", "memory mean", "resident + after", "compute", "time",
            .. published ? ["published memory", "published compute", "same kind"] : Array.Empty<string>()];
        yield return new Grid(header, [.. table.Ratios.Select(line => (IReadOnlyList<string>)
        [
            line.Task, line.Method, Words.Number(line.Seeds, "0"), Words.Signed(line.ScoreDifference), Words.Number(line.MemoryAfter), Words.Number(line.MemoryMean),
            Words.Number(line.WholeMemory), Words.Number(line.Flops), line.WhyNoTime ?? Words.Number(line.Seconds),
            .. published ? [Words.Number(line.PublishedMemory), Words.Number(line.PublishedFlops), Kind(line)] : Array.Empty<string>(),
        ])],
            new HashSet<int>(Enumerable.Range(2, published ? 9 : 7)));
        if (table.Remarks.Count > 0)
            yield return new Prose(Bullets(table.Remarks));

        static string Kind(RatioLine line) => (line.MemoryAsPublished, line.FlopsAsPublished) switch
        {
            (null, null) => "",
            (false, false) => "**neither**",
            (false, _) => "**memory not**",
            (_, false) => "**compute not**",
            _ => "yes",
        };
    }

    private static IEnumerable<Block> ReferenceBlocks(TableReport table)
    {
        if (table.References.Count == 0)
            yield break;
        yield return new Prose($"### Against another implementation\n\nLoRA beside {table.ReferenceBy}, same model, data and settings; seeds mean other random numbers there.");
        yield return new Grid(["task", "metric", "theirs", "ours", "difference", "allowed", "agrees"], [.. table.References.Select(line => (IReadOnlyList<string>)
        [
            line.Task, line.Metric, Words.Score(line.Theirs, Format(line)), Words.Score(line.Ours, Format(line)),
            line.Relative ? Words.Signed(100 * line.Difference) + " %" : Words.Signed(line.Difference),
            line.Relative ? Words.Percent(line.Tolerance) : Words.Number(line.Tolerance, "0.0"),
            line.Holds ? "yes" : "**no**",
        ])], new HashSet<int> { 2, 3, 4, 5 });

        static string Format(ReferenceLine line) => line.Relative ? "0.0000" : "0.00";
    }

    private static IEnumerable<Block> MissingBlocks(TableReport table)
    {
        var lines = new List<string>();
        lines.AddRange(table.Missing.Select(cell => $"{cell.Key}: {cell.Status}, {cell.Reason}"));
        if (table.NotRun.Count > 0)
            lines.Add($"Not run: {string.Join("; ", table.NotRun)}. Without every column there is no average over the table.");
        lines.AddRange(table.Notes);
        if (lines.Count > 0)
            yield return new Prose("### What is missing or cut\n\n" + Bullets(lines));
    }

    private static string Bullets(IEnumerable<string> lines) => string.Join('\n', lines.Select(line => $"- {line}"));
}
