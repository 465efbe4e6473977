using System.Globalization;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Blocks from the highest (top) to the lowest, probes from left to right.</summary>
internal static class HeatMapSvg
{
    private const int Size = 28, Left = 64, Bottom = 34;

    public static Chart Of(Pattern pattern)
    {
        int probes = pattern.Epochs.Count, blocks = pattern.Blocks.Count;
        var svg = new Svg();
        for (int block = 0; block < blocks; block++)
        {
            int y = (blocks - 1 - block) * Size;
            svg.Text(Left - 8, y + 18, FormattableString.Invariant($"block {block}"), "faint", "end");
            svg.Row(Left + 1, y + 1, "trains", pattern.Blocks[block].Select(Cell));
        }
        int label = Math.Max(1, (int)Math.Ceiling(probes / 12.0));
        for (int probe = label - 1; probe < probes; probe += label)
            svg.Text(Left + (probe * Size) + (Size / 2), (blocks * Size) + 14, Words.Number(pattern.Epochs[probe], "0.##"), "faint", "middle");
        svg.Text(Left, (blocks * Size) + 30, $"after epoch; the stronger, the more important{(pattern.Freezes ? "; blue = frozen" : "")}", "faint");
        return svg.Chart("", FormattableString.Invariant($"{pattern.Key}: importance of {blocks} blocks at {probes} probes"), "The numbers stand in the table below.",
            Math.Max(Left + (probes * Size) + 4, Left + 270), (blocks * Size) + Bottom);
    }

    // A report has tens of thousands of these: the page's style gives them their size, and a row its colour.
    private static FormattableString Cell(LayerRow row, int probe)
    {
        bool frozen = row.State != LayerRow.Trains;
        string title = string.Create(CultureInfo.InvariantCulture, $"probe {row.Probe}: {row.Score:0.0000}{(row.Tau > 0 ? string.Create(CultureInfo.InvariantCulture, $", τ {row.Tau:0.0000}") : "")}");
        // Scores span three orders of magnitude from the lowest block to the highest: the square root keeps the low ones apart.
        double opacity = 0.06 + (0.94 * Math.Sqrt(Math.Clamp(row.Score, 0, 1)));
        return frozen
            ? (FormattableString)$"<rect x=\"{probe * Size}\" class=\"frozen\"><title>{title}, {row.State}</title></rect>"
            : $"<rect x=\"{probe * Size}\" opacity=\"{opacity:.##}\"><title>{title}</title></rect>";
    }
}
