using SafeTune.Reproduction.Reports.Summary;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Memory and compute of each method as shares of the base method's.</summary>
internal static class BarChart
{
    private const int Width = 470, Left = 150, Right = 44, Top = 50, Bar = 12, Gap = 10;

    public static Chart? Of(string name, string heading, IReadOnlyList<MethodSummary> methods)
    {
        MethodSummary[] shown = [.. methods.Where(method => method.Method != method.Base && Shares(method).Any(share => share.Value is not null))];
        if (shown.Length == 0)
            return null;
        double most = Math.Max(1, shown.SelectMany(Shares).Max(share => share.Value ?? 0));
        double Length(double share) => share / most * (Width - Left - Right);

        int group = (3 * Bar) + Gap, height = Top + (shown.Length * group) + 6;
        var svg = new Svg();
        double x = 0;
        foreach (var (what, style, width) in new[] { ("memory after freezing", "warm", 158), ("mean memory", "pale", 108), ("compute", "cold", 0) })
        {
            svg.Rect(x, 4, 10, 10, style).Text(x + 15, 13, what);
            x += width;
        }

        string against = Words.Method(shown[0].Base);
        svg.Line(Left + Length(1), Top - 10, Left + Length(1), height - 8, "axis").Text(Left + Length(1), Top - 15, $"{against} = 1", "faint", "middle");
        for (int row = 0; row < shown.Length; row++)
        {
            MethodSummary method = shown[row];
            double y = Top + (row * group);
            svg.Text(Left - 8, y + (1.5 * Bar) + 4, Words.Label(method.Method), method.IsSafe ? "strong" : "", "end");
            foreach (var (what, style, value) in Shares(method))
            {
                if (value is { } share)
                    svg.Rect(Left, y, Length(share), Bar - 1, style, $"{Words.Label(method.Method)}: {what} × {Words.Number(share)}").Text(Left + Length(share) + 5, y + Bar - 1, Words.Number(share), "faint");
                y += Bar;
            }
        }

        string description = string.Join("; ", shown.Select(method => $"{Words.Label(method.Method)}: {string.Join(", ", Shares(method).Where(share => share.Value is not null).Select(share => $"{share.What} × {Words.Number(share.Value)}"))}"));
        return svg.Chart(name, $"{heading}: memory and compute as shares of {against}'s", description, Width, height);
    }

    private static (string What, string Style, double? Value)[] Shares(MethodSummary method) =>
        [("memory after freezing", "warm", method.MemoryAfter), ("mean memory", "pale", method.MemoryMean), ("compute", "cold", method.Flops)];
}
