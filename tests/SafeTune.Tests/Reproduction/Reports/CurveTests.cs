using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class CurveTests : IDisposable
{
    private static readonly CellKey Key = new("demo", "mini", "small", "lora+safe", "mrpc", 1);
    private readonly Workshop _shop = new();

    public CurveTests() => _shop.Trainer.Answer = cell =>
    {
        File.WriteAllText(cell.MetricsFile, string.Concat(Enumerable.Range(1, 30).Select(step =>
            FormattableString.Invariant($"{{\"step\":{step},\"kind\":\"step\",\"value\":{{\"loss\":{1.0 / step:R},\"learning_rate\":0.1}}}}\n")))
            + "{\"step\":30,\"kind\":\"probe\",\"value\":{\"probe\":1}}\n{\"step\":31,\"ki");
        return null;
    };

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void A_curve_is_the_means_of_equal_stretches()
    {
        IReadOnlyList<CurveRow> curve = LossCurve.Of(Key, [.. Enumerable.Range(1, 49).Select(step => (step, (double)step))]);
        Assert.Equal([3, 6, 9], curve.Take(3).Select(row => row.Step));
        Assert.Equal([2, 5, 8], curve.Take(3).Select(row => row.Loss));
        Assert.Equal((49, 49.0), (curve[^1].Step, curve[^1].Loss));
    }

    [Fact]
    public void Cells_leave_their_curves_beside_the_table_and_the_report_draws_them()
    {
        _shop.Run();
        Assert.StartsWith("scale,table,model,method,task,seed,step,loss\nmini,demo,small,lora,cola,1,2,0.75\n", _shop.Read("results/mini/demo.curves.csv"), StringComparison.Ordinal);
        Curve curve = Report.Read(_shop.Root, "mini").Tables[0].Curves.Single(curve => curve.Key.Task == "mrpc");
        Assert.Equal(("lora", 15, 15), (curve.Adapter, curve.Losses.Count, curve.Alone.Count));
        Assert.Equal(10, Assert.Single(curve.Events).Step);
        Assert.Equal([0], curve.Events[0].Blocks);
        Assert.Contains("(figures/demo-curve-mrpc-lora-safe.svg)", _shop.Read("results/mini/REPORT.md"), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_shop.Root, "results", "mini", "figures", "demo-curve-mrpc-lora-safe.svg")));
    }

    [Fact]
    public void A_cell_that_was_trained_before_curves_were_kept_has_its_log()
    {
        _shop.Run();
        string before = _shop.Read("results/mini/demo.curves.csv");
        foreach (string folder in Directory.GetDirectories(_shop.Runs))
            File.Delete(Path.Combine(folder, "curve.csv"));
        File.Delete(Path.Combine(_shop.Root, "results", "mini", "demo.curves.csv"));
        _shop.Run();
        Assert.Equal(before, _shop.Read("results/mini/demo.curves.csv"));
    }
}
