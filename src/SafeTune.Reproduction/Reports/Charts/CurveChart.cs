using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Training losses over steps, with a mark where blocks freeze.</summary>
internal static class CurveChart
{
    private const int Width = 300, Height = 200, Left = 40, Right = 14, Top = 48, Bottom = 24;

    public static Chart Of(string name, Curve curve)
    {
        string safe = Words.Label(curve.Key.Method), adapter = Words.Label(curve.Adapter);
        CurveRow[] all = [.. curve.Losses, .. curve.Alone];
        var x = new Scale([0, .. all.Select(row => (double)row.Step)], Left, Width - Right, tight: true);
        var y = new Scale(all.Select(row => row.Loss), Height - Bottom, Top);
        var svg = new Svg();
        svg.Text(0, 13, $"{curve.Key.Task}, training loss", "strong").Rect(0, 22, 14, 3, "warm").Text(19, 27, safe, "faint");
        if (curve.Alone.Count > 0)
            svg.Path([(90, 23.5), (104, 23.5)], "grey").Text(109, 27, adapter, "faint");
        svg.Axes(x, y);
        foreach (var (step, _) in curve.Events)
            svg.Line(x[step], Top - 4, x[step], Height - Bottom, "dashed");
        Label(svg, [.. curve.Events.Select(at => (x[at.Step], at.Blocks))]);
        if (curve.Alone.Count > 1)
            svg.Path(curve.Alone.Select(row => (x[row.Step], y[row.Loss])), "grey");
        svg.Path(curve.Losses.Select(row => (x[row.Step], y[row.Loss])), "warm");
        string froze = curve.Events.Count == 0 ? "nothing froze" : string.Join(", ", curve.Events.Select(at => $"block {string.Join(" and ", at.Blocks)} froze at step {at.Step}"));
        string description = $"{safe}: loss from {Words.Number(curve.Losses[0].Loss, "0.000")} to {Words.Number(curve.Losses[^1].Loss, "0.000")}; {froze}."
            + (curve.Alone.Count > 0 ? $" {adapter} alone ends at {Words.Number(curve.Alone[^1].Loss, "0.000")}." : "");
        return svg.Chart(name, $"{curve.Key}: training loss over steps", description, Width, Height);
    }

    /// <summary>The blocks' numbers above the lines; those of neighbouring lines together, because they would lie over each other.</summary>
    private static void Label(Svg svg, IReadOnlyList<(double X, IReadOnlyList<int> Blocks)> events)
    {
        for (int i = 0; i < events.Count;)
        {
            int next = i + 1;
            while (next < events.Count && events[next].X - events[next - 1].X < 16)
                next++;
            var together = events.Skip(i).Take(next - i);
            svg.Text((events[i].X + events[next - 1].X) / 2, Top - 7, string.Join(",", together.SelectMany(at => at.Blocks)), "faint", "middle");
            i = next;
        }
    }
}
