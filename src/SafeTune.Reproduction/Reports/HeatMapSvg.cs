using System.Globalization;
using System.Text;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>Blocks from the highest (top) to the lowest, probes from left to right; colours come from the page's style sheet.</summary>
internal static class HeatMapSvg
{
    private const int Size = 28, Left = 64, Bottom = 34;

    public static string Render(Pattern pattern)
    {
        int probes = pattern.Epochs.Count, blocks = pattern.Blocks.Count;
        int width = Left + (probes * Size) + 4, height = (blocks * Size) + Bottom;
        var svg = new StringBuilder();
        svg.Append(Text($"<svg class=\"heat\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">"));
        svg.Append(Text($"<title>Importance of {blocks} blocks at {probes} probes</title>\n"));
        for (int block = 0; block < blocks; block++)
        {
            int y = (blocks - 1 - block) * Size;
            svg.Append(Text($"<text x=\"{Left - 8}\" y=\"{y + 18}\" text-anchor=\"end\">block {block}</text>\n"));
            for (int probe = 0; probe < probes; probe++)
                svg.Append(Cell(pattern.Blocks[block][probe], Left + (probe * Size), y));
        }
        int label = Math.Max(1, (int)Math.Ceiling(probes / 12.0));
        for (int probe = label - 1; probe < probes; probe += label)
            svg.Append(Text($"<text x=\"{Left + (probe * Size) + (Size / 2)}\" y=\"{(blocks * Size) + 14}\" text-anchor=\"middle\">{pattern.Epochs[probe]:0.##}</text>\n"));
        svg.Append(Text($"<text x=\"{Left}\" y=\"{(blocks * Size) + 30}\">after epoch; darker = more important{(pattern.Freezes ? ", blue = frozen" : "")}</text>\n</svg>"));
        return svg.ToString();
    }

    private static string Cell(LayerRow row, int x, int y)
    {
        bool frozen = row.State != LayerRow.Trains;
        // Scores span three orders of magnitude from the lowest block to the highest: the square root keeps the low ones apart.
        double opacity = 0.06 + (0.94 * Math.Sqrt(Math.Clamp(row.Score, 0, 1)));
        string tau = row.Tau > 0 ? Text($", tau {row.Tau:0.0000}") : "";
        string title = Text($"block {row.Block}, probe {row.Probe}: importance {row.Score:0.0000}{tau}, {row.State}");
        string box = Text($"x=\"{x + 1}\" y=\"{y + 1}\" width=\"{Size - 2}\" height=\"{Size - 2}\" fill-opacity=\"{(frozen ? 0.75 : opacity):0.###}\"");
        return $"<rect class=\"{(frozen ? "frozen" : "trains")}\" {box}><title>{title}</title></rect>\n";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
