using SafeTune.Reproduction.Benching;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Losses with kernels and without, and of another seed.</summary>
internal static class LossChart
{
    private const int Width = 460, Height = 240, Left = 40, Right = 14, Top = 48, Bottom = 24;

    public static Chart Of(string name, IReadOnlyList<LossRow> on, IReadOnlyList<LossRow> off, IReadOnlyList<LossRow> other)
    {
        LossRow[] all = [.. on, .. off, .. other];
        var x = new Scale([0, .. all.Select(row => (double)row.Step)], Left, Width - Right, tight: true);
        var y = new Scale(all.Select(row => row.Loss), Height - Bottom, Top);
        var svg = new Svg();
        svg.Text(0, 13, $"LoRA's training loss, means of {on[0].Step} steps", "strong");
        svg.Path([(0, 23.5), (14, 23.5)], "warm").Text(19, 27, $"kernels, seed {on[0].Seed}", "faint");
        svg.Path([(130, 23.5), (144, 23.5)], "grey").Text(149, 27, $"composed, seed {off[0].Seed}", "faint");
        svg.Path([(270, 23.5), (284, 23.5)], "dashed").Text(289, 27, $"composed, seed {other[0].Seed}", "faint");
        svg.Axes(x, y);
        foreach (var (rows, style) in new[] { (other, "dashed"), (off, "grey"), (on, "warm") })
            svg.Path(rows.Select(row => (x[row.Step], y[row.Loss])), style);
        string description = $"Kernels move the loss by {Words.Number(KernelLosses.Distance(on, off), "0.000")} on average, another seed moves it by {Words.Number(KernelLosses.Distance(off, other), "0.000")}.";
        return svg.Chart(name, "Training loss over steps, with kernels and without", description, Width, Height);
    }
}
