using System.Globalization;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>The first screen: does SAFE hold here, what does it save and cost, what ran where, and each table in a line.</summary>
internal static class FrontPage
{
    public static IEnumerable<Block> Of(ReportModel model)
    {
        yield return new Heading(1, $"SafeTune: reproduction at scale {model.Scale}");
        yield return new Prose(Answer(model));
        yield return new Prose(WhatRan(model));
        yield return Verdicts(model);
        yield return new Prose(Failing(model));
    }

    /// <summary>What holds, what SAFE saves and what it costs, with figures, over Table 1 or, without it, the first table that has SAFE and its adapter.</summary>
    public static string Answer(ReportModel model)
    {
        TableReport? table = model.Tables.OrderBy(table => table.Table != "table1").FirstOrDefault(table => table.Safe is not null);
        if (table?.Safe is not { } safe)
            return "**Does SAFE hold here? Not judged yet:** SAFE and its adapter alone have no common result.";
        int holds = table.Count(ClaimOutcome.Holds), judged = holds + table.Count(ClaimOutcome.Fails);
        string word = judged == 0 ? "Not judged" : holds == judged ? "Yes" : holds == 0 ? "No" : "In part";
        string claims = judged == 0 ? $"no claim of {table.ShortTitle} can be judged" : $"of {table.ShortTitle}'s {Words.Count(judged, "judged claim", "judged claims")} {Words.Count(holds, "holds", "hold")}";
        string tasks = safe.Tasks.Count == table.Columns ? $"all {Words.Count(table.Columns, "task", "tasks")}" : $"{safe.Tasks.Count} of {Words.Count(table.Columns, "task", "tasks")} ({string.Join(", ", safe.Tasks)})";
        (bool? Better, string Words)[] parts =
        [
            .. new[]
            {
                Change(safe.MemoryAfter, "memory above the weights once it has frozen"), Change(safe.MemoryMean, "memory on average over the training"),
                Change(safe.Flops, "compute"), Change(safe.Seconds, "time"), Score(safe),
            }.OfType<(bool?, string)>(),
        ];
        string against = $"Against {string.Join(" and ", safe.Adapters.Select(Words.Method))}, over {tasks}";
        string[] lines = [.. new (bool? Better, string Title)[] { (true, "Saves"), (false, "Costs"), (null, "Stays") }
            .Where(kind => parts.Any(part => part.Better == kind.Better))
            .Select(kind => $"**{kind.Title}:** {string.Join(", ", parts.Where(part => part.Better == kind.Better).Select(part => part.Words))}.")];
        return $"**Does SAFE hold here? {word}: {claims}.** {(lines.Length == 0 ? $"{against}, its costs were not measured." : $"{against}:\n\n{Words.Bullets(lines)}")}";
    }

    private static (bool? Better, string Words)? Change(double? share, string of) => share is not { } value ? null
        : Math.Abs(value - 1) < 0.005 ? (null, $"as much {of}")
        : (value < 1, $"{Words.Percent(Math.Abs(value - 1))} {(value < 1 ? "less" : "more")} {of}");

    private static (bool? Better, string Words)? Score(SafeOutcome safe)
    {
        if (safe.ScoreDifference is not { } difference)
            return null;
        string both = $"({Words.Number(safe.Score)} against {Words.Number(safe.AloneScore)}{(safe.LessIsBetter ? "; the lower, the better" : "")})";
        return Math.Abs(difference) < 0.005 ? (null, $"the same mean score {both}")
            : (difference > 0 != safe.LessIsBetter, $"a mean score {Words.Number(Math.Abs(difference))} points {(difference < 0 ? "lower" : "higher")} {both}");
    }

    private static string WhatRan(ReportModel model)
    {
        CellCost[] cells = [.. model.Tables.SelectMany(table => table.CellCosts)];
        int ok = cells.Count(cell => cell.Status == ResultRow.Ok), tables = model.Tables.Select(table => table.Table).Distinct().Count();
        string counts = $"{Words.Count(cells.Length, "cell", "cells")} of {Words.Count(tables, "table", "tables")}, {(ok == cells.Length ? "all of them ok" : $"{cells.Length - ok} without a result")}";
        RunRow[] runs = [.. cells.Select(cell => cell.Run).OfType<RunRow>().OrderBy(run => run.StartedUtc, StringComparer.Ordinal)];
        if (runs.Length == 0)
            return $"**What ran:** {counts}.";
        string first = Day(runs[0]), last = Day(runs[^1]), when = first == last ? $"on {first}" : $"from {first} to {last}";
        string[] machines =
        [
            .. runs.GroupBy(run => $"{run.Device}; torch {run.Torch}; .NET {run.Dotnet}").OrderByDescending(runs => runs.Count())
                .Select(machine => runs.Length == machine.Count() ? machine.Key : $"{Words.Count(machine.Count(), "cell", "cells")} on {machine.Key}"),
        ];
        string models = string.Join(", ", model.Tables.Where(table => table.CellCosts.Any(cell => cell.Run is not null))
            .Select(table => table.Made is null ? table.Model : $"{table.Model} (from random weights)").Distinct());
        return $"**What ran:** {counts}, {when}, {Words.Time(Seconds(cells))} in all, on {models}. **Where:** {string.Join("; and ", machines)}.";
    }

    /// <summary>A cell that two tables share was trained once.</summary>
    private static double Seconds(IEnumerable<CellCost> cells) =>
        cells.DistinctBy(cell => (cell.Key.Model, cell.Key.Method, cell.Key.Task, cell.Key.Seed, cell.Run?.StartedUtc)).Sum(cell => cell.Seconds ?? 0);

    private static string Day(RunRow run) => run.StartedUtc.Split('T')[0];

    private static Grid Verdicts(ReportModel model)
    {
        string[] header = ["table", "cells", "against verified", "claims", "SAFE's score", "memory after freezing", "mean memory", "compute", "time"];
        return new Grid(header, [.. model.Tables.Select(table => (IReadOnlyList<string>)
        [
            $"[{table.ShortName}](#{new Heading(2, table.Heading).Anchor})", Cells(table), Held(table), Claims(table),
            Words.Signed(table.Safe?.ScoreDifference) + (table.Safe is { LessIsBetter: true, ScoreDifference: not null } ? " (less is better)" : ""),
            Share(table.Safe?.MemoryAfter), Share(table.Safe?.MemoryMean), Share(table.Safe?.Flops), Share(table.Safe?.Seconds),
        ])], new HashSet<int>(Enumerable.Range(1, 8)));

        static string Share(double? share) => share is null ? "" : $"× {Words.Number(share)}";
    }

    private static string Cells(TableReport table)
    {
        int failed = table.Missing.Count(cell => cell.Status == ResultRow.Failed), refused = table.Missing.Count - failed;
        return string.Create(CultureInfo.InvariantCulture, $"{table.Ok} ok{(failed > 0 ? $", **{failed} failed**" : "")}{(refused > 0 ? $", {refused} refused" : "")}");
    }

    private static string Held(TableReport table) =>
        table.Held is null ? "not verified"
        : table.Held.All(difference => difference.Verdict == Verdict.Same) ? "the same"
        : table.Held.All(difference => Comparing.Verdicts.Holds(difference.Verdict)) ? "in band"
        : $"**{Comparing.Verdicts.Count(table.Held.Where(difference => !Comparing.Verdicts.Holds(difference.Verdict)))}**";

    private static string Claims(TableReport table)
    {
        int holds = table.Count(ClaimOutcome.Holds), fails = table.Count(ClaimOutcome.Fails), open = table.Count(ClaimOutcome.CannotBeJudged);
        string judged = holds + fails == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(fails > 0 ? $"**{holds} of {holds + fails}**" : $"{holds} of {holds + fails}")} hold");
        return string.Join(", ", new[] { judged, open == 0 ? "" : $"{open} not judged" }.Where(part => part.Length > 0));
    }

    private static string Failing(ReportModel model)
    {
        string[] lines =
        [
            .. from table in model.Tables
               from claim in table.Claims
               where claim.Outcome == ClaimOutcome.Fails
               select $"- [{table.ShortName}](#{new Heading(2, table.Heading).Anchor}): {claim.Sentence}: {Where(claim)}",
        ];
        return lines.Length == 0 ? "No claim that can be judged fails." : $"**Claims that fail**\n\n{string.Join('\n', lines)}";
    }

    /// <summary>Of a claim on every column, only those in which it fails.</summary>
    private static string Where(ClaimVerdict claim)
    {
        string[] parts = claim.Explanation.Split("; "), failing = [.. parts.Where(part => part.Contains(" is not ", StringComparison.Ordinal))];
        return string.Join("; ", failing.Length == 0 ? parts : failing);
    }
}
