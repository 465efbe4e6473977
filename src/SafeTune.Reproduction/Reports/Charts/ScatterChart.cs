using SafeTune.Reproduction.Reports.Summary;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Score against memory; the methods that no other one beats in both are full and joined by a line.</summary>
internal static class ScatterChart
{
    private const int Width = 460, Height = 320, Left = 46, Right = 14, Top = 30, Bottom = 44, LabelHeight = 13;

    /// <param name="name">Of the file.</param>
    /// <param name="heading">The table's.</param>
    /// <param name="points">At least two make a chart.</param>
    /// <param name="against">The base method's label.</param>
    /// <param name="scores">What the scores are, for the axis.</param>
    public static Chart? Of(string name, string heading, IReadOnlyList<TradePoint> points, string against, string scores)
    {
        if (points.Count < 2)
            return null;
        var x = new Scale(points.Select(point => point.Memory), Left, Width - Right);
        var y = new Scale(points.Select(point => point.Score), Height - Bottom, Top);
        var svg = new Svg();
        svg.Text(0, 13, scores).Text(Width - Right, Height - 6, $"weights + memory after freezing, as a share of {Words.Method(against)}'s", "", "end");
        foreach (double tick in y.Ticks)
            svg.Line(Left, y[tick], Width - Right, y[tick]).Text(Left - 6, y[tick] + 4, Words.Number(tick, y.Format), "faint", "end");
        foreach (double tick in x.Ticks)
            svg.Line(x[tick], Top, x[tick], Height - Bottom).Text(x[tick], Height - Bottom + 15, Words.Number(tick, x.Format), "faint", "middle");
        TradePoint[] frontier = [.. points.Where(point => point.OnFrontier).OrderBy(point => point.Memory)];
        svg.Path(frontier.Select(point => (x[point.Memory], y[point.Score])), "dashed");
        foreach (TradePoint point in points)
            svg.Circle(x[point.Memory], y[point.Score], 5, point.OnFrontier ? "cold" : "hollow", $"{Words.Label(point.Method)}: {Says(point)}");
        var taken = new List<(double From, double To, double Y)>();
        foreach (TradePoint point in points.OrderBy(point => y[point.Score]))
            Label(svg, taken, x[point.Memory], y[point.Score], point);
        string description = string.Join("; ", points.Select(point => $"{Words.Label(point.Method)}: {Says(point)}{(point.OnFrontier ? ", on the frontier" : "")}"));
        return svg.Chart(name, $"{heading}: score against memory", description, Width, Height);
    }

    private static string Says(TradePoint point) => $"memory × {Words.Number(point.Memory)}, score {Words.Number(point.Score)}";

    /// <summary>Beside its point, on the side that has room, and below the labels that are there already.</summary>
    private static void Label(Svg svg, List<(double From, double To, double Y)> taken, double x, double y, TradePoint point)
    {
        string text = Words.Label(point.Method);
        double length = text.Length * 6.6;
        bool left = x + length + 12 > Width - Right;
        double from = left ? x - 9 - length : x + 9, at = y + 4;
        while (taken.Any(other => other.From < from + length && from < other.To && Math.Abs(other.Y - at) < LabelHeight))
            at += 1;
        taken.Add((from, from + length, at));
        svg.Text(left ? x - 9 : x + 9, at, text, point.OnFrontier ? "strong" : "", left ? "end" : "start");
    }
}
