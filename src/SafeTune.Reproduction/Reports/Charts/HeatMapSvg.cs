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
            for (int probe = 0; probe < probes; probe++)
                Cell(svg, pattern.Blocks[block][probe], Left + (probe * Size), y);
        }
        int label = Math.Max(1, (int)Math.Ceiling(probes / 12.0));
        for (int probe = label - 1; probe < probes; probe += label)
            svg.Text(Left + (probe * Size) + (Size / 2), (blocks * Size) + 14, Words.Number(pattern.Epochs[probe], "0.##"), "faint", "middle");
        svg.Text(Left, (blocks * Size) + 30, $"after epoch; the stronger, the more important{(pattern.Freezes ? "; blue = frozen" : "")}", "faint");
        return svg.Chart("", FormattableString.Invariant($"{pattern.Key}: importance of {blocks} blocks at {probes} probes"), "The numbers stand in the table below.",
            Math.Max(Left + (probes * Size) + 4, Left + 270), (blocks * Size) + Bottom);
    }

    private static void Cell(Svg svg, LayerRow row, int x, int y)
    {
        bool frozen = row.State != LayerRow.Trains;
        // Scores span three orders of magnitude from the lowest block to the highest: the square root keeps the low ones apart.
        double opacity = 0.06 + (0.94 * Math.Sqrt(Math.Clamp(row.Score, 0, 1)));
        string tau = row.Tau > 0 ? string.Create(CultureInfo.InvariantCulture, $", tau {row.Tau:0.0000}") : "";
        string title = string.Create(CultureInfo.InvariantCulture, $"block {row.Block}, probe {row.Probe}: importance {row.Score:0.0000}{tau}, {row.State}");
        svg.Rect(x + 1, y + 1, Size - 2, Size - 2, frozen ? "frozen" : "trains", title, frozen ? 0.75 : opacity);
    }
}
