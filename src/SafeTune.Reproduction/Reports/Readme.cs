using System.Text.RegularExpressions;
using SafeTune.Reproduction.Reports.Charts;
using SafeTune.Reproduction.Reports.Sections;

namespace SafeTune.Reproduction.Reports;

/// <summary>The README's part that is generated: one drawing and one table, between two markers of which the first names scale and table.</summary>
internal static partial class Readme
{
    private const string End = "<!-- end of results -->";

    /// <summary>Writes the part anew when the README shows results of this scale; otherwise does nothing.</summary>
    public static void Write(string root, string scale)
    {
        string file = Path.Combine(root, "README.md");
        if (!File.Exists(file) || Begin().Match(File.ReadAllText(file)) is not { Success: true } marker || marker.Groups["scale"].Value != scale)
            return;
        AtomicFile.WriteAllText(file, Current(root, File.ReadAllText(file)));
    }

    /// <summary>The text with the part between its markers as the committed results have it.</summary>
    public static string Current(string root, string text)
    {
        if (Begin().Match(text) is not { Success: true } marker)
            return text;
        int from = marker.Index + marker.Length, to = text.IndexOf(End, from, StringComparison.Ordinal);
        if (to < 0)
            throw new UsageException($"README.md lacks the line '{End}' after '{marker.Value}'.");
        string scale = marker.Groups["scale"].Value, table = marker.Groups["table"].Value;
        TableReport? report = Report.Read(root, scale).Tables.FirstOrDefault(each => each.Table == table);
        return $"{text[..from]}\n\n{(report is null ? $"There are no results of {table} yet." : Part(scale, report))}\n\n{text[to..]}";
    }

    private static string Part(string scale, TableReport table)
    {
        RatioLine[] safes = [.. table.Ratios.Where(ratio => ratio.Method == "lora+safe")];
        if (safes.Length == 0)
            return "LoRA and SAFE have no common result yet.";
        var grid = new Grid(["task", "LoRA", "SAFE", "blocks frozen", "memory after freezing", "mean memory", "compute"], [.. safes.Select(Row)], new HashSet<int>(Enumerable.Range(1, 6)));
        string chart = string.Concat(TableSection.Charts(table).Take(1).Select(chart => $"\n\n![{chart.Title}](results/{scale}/figures/{chart.Name}.svg)"));
        string seeds = table.Scores.Max(score => score.Reproduced?.Count ?? 0) > 1 ? "Mean ± standard deviation over seeds. " : "";
        return $"{table.Heading}, at scale `{scale}` with {table.Model}. {seeds}Memory is the peak of a training step above the weights; memory and compute are shares of LoRA's."
            + $"{chart}\n\n{MarkdownReport.Render(grid)}\n\nEverything else, what holds and what does not: [results/{scale}/REPORT.md](results/{scale}/REPORT.md).";

        IReadOnlyList<string> Row(RatioLine safe)
        {
            ScoreLine? alone = table.Scores.FirstOrDefault(score => score.Task == safe.Task && score.Method == safe.Adapter), with = table.Scores.FirstOrDefault(score => score.Task == safe.Task && score.Method == safe.Method);
            return
            [
                $"{safe.Task}, {with?.Metric}", Words.Score(alone?.Reproduced), Words.Score(with?.Reproduced),
                Words.Percent(table.Costs.FirstOrDefault(cost => cost.Task == safe.Task && cost.Method == safe.Method)?.FrozenFraction?.Mean),
                Share(safe.MemoryAfter), Share(safe.MemoryMean), Share(safe.Flops),
            ];
        }

        static string Share(double? share) => share is null ? "" : $"× {Words.Number(share)}";
    }

    [GeneratedRegex(@"<!-- results: (?<scale>\S+) (?<table>\S+)[^>]*-->")]
    private static partial Regex Begin();
}
