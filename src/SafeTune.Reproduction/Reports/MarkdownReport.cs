using System.Text;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>A report as Markdown with pipe tables.</summary>
internal static class MarkdownReport
{
    /// <summary>More columns than this do not fit a page; the heat map of the HTML report has them all.</summary>
    private const int MostProbes = 12;

    public static string Render(IReadOnlyList<Block> blocks)
    {
        var text = new StringBuilder();
        foreach (Block block in blocks)
            text.Append(Render(block)).Append("\n\n");
        return text.ToString().TrimEnd() + "\n";
    }

    private static string Render(Block block) => block switch
    {
        Heading heading => $"{new string('#', heading.Level)} {heading.Text}",
        Prose prose => prose.Markdown,
        Grid grid => Render(grid),
        Figures figures => string.Join('\n', figures.Charts.Select(chart => $"![{chart.Title}](figures/{chart.Name}.svg)")),
        HeatMap map => Render(Table(map.Pattern)),
        Fold fold => $"<details{(fold.Open ? " open" : "")}>\n<summary>{fold.Summary}</summary>\n\n{Render(fold.Content)}\n</details>",
        _ => throw new ArgumentException($"no way to draw {block.GetType().Name}", nameof(block)),
    };

    public static string Render(Grid grid)
    {
        var text = new StringBuilder();
        Line(text, grid.Header);
        text.Append('|');
        for (int column = 0; column < grid.Header.Count; column++)
            text.Append(grid.Numeric.Contains(column) ? " ---: |" : " --- |");
        text.Append('\n');
        foreach (IReadOnlyList<string> row in grid.Rows)
            Line(text, row);
        return text.ToString().TrimEnd();
    }

    /// <summary>Blocks top down, probes left to right, as the heat map.</summary>
    public static Grid Table(Pattern pattern)
    {
        int probes = pattern.Epochs.Count;
        int each = (probes + MostProbes - 1) / MostProbes;
        int[] shown = [.. Enumerable.Range(0, probes).Where(probe => (probe + 1) % each == 0 || probe == probes - 1)];
        var rows = new List<IReadOnlyList<string>>();
        foreach (IReadOnlyList<LayerRow> block in pattern.Blocks.Reverse())
            rows.Add([$"block {block[0].Block}", .. shown.Select(probe => Score(block[probe]))]);
        if (pattern.Tau.Any(tau => tau > 0))
            rows.Add(["τ", .. shown.Select(probe => Words.Number(pattern.Tau[probe], "0.0000"))]);
        string[] header = ["after epoch", .. shown.Select(probe => Words.Number(pattern.Epochs[probe], "0.##"))];
        return new Grid(header, rows, new HashSet<int>(Enumerable.Range(1, shown.Length)));

        static string Score(LayerRow row) => (row.State == LayerRow.Trains ? "" : "❄ ") + Words.Number(row.Score, "0.0000");
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).Replace('\n', ' '))).Append(" |\n");
}
