using SafeTune.Reproduction.Cells;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>Scores: the paper's and ours.</summary>
internal static class ScoreBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        yield return table.Part("Scores");
        if (Matrix(table) is { } matrix)
        {
            yield return new Prose("Reproduced, and in brackets what is published.");
            yield return matrix;
        }
        yield return new Prose("Published against reproduced, × 100; reproduced is the mean over seeds ± sample standard deviation.");
        bool judged = table.Scores.Any(line => line.InBand is not null);
        string[] header = ["task", "metric", "method", "published", "reproduced", "difference", "seeds", "training rows", .. judged ? ["in band"] : Array.Empty<string>()];
        yield return new Grid(header, [.. table.Scores.Select(Line)], new HashSet<int> { 3, 4, 5, 6, 7 }).FoldedIfLong("Every score with its difference");
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

    /// <summary>Methods by tasks, as the paper prints them; null where that would be a single row or column.</summary>
    private static Grid? Matrix(TableReport table)
    {
        string[] tasks = [.. table.Scores.Select(line => line.Task).Distinct()], methods = [.. table.Scores.Select(line => line.Method).Distinct()];
        if (tasks.Length < 2 || methods.Length < 2)
            return null;
        return new Grid(["method", "mean", .. tasks], [.. methods.Select(Row)], new HashSet<int>(Enumerable.Range(1, tasks.Length + 1)));

        IReadOnlyList<string> Row(string method)
        {
            ScoreLine?[] lines = [.. tasks.Select(task => table.Scores.FirstOrDefault(line => line.Task == task && line.Method == method))];
            bool whole = lines.All(line => line?.Reproduced is not null), published = lines.All(line => line?.Published is not null);
            return
            [
                method, whole ? Beside(Words.Number(lines.Average(line => line!.Reproduced!.Mean)), published ? lines.Average(line => line!.Published) : null) : "",
                .. lines.Select(line => Beside(Words.Score(line?.Reproduced), line?.Published)),
            ];
        }

        static string Beside(string ours, double? published) => published is null ? ours : $"{ours} ({Words.Number(published)})".TrimStart();
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
}
