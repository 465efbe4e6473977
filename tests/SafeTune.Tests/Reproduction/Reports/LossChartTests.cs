using SafeTune.Reproduction.Benching;
using SafeTune.Reproduction.Reports.Charts;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class LossChartTests
{
    [Fact]
    public void It_says_how_far_kernels_and_seeds_move_the_loss()
    {
        Chart chart = LossChart.Of("losses", Rows("on", 1, 0.6, 0.25), Rows("off", 1, 0.62, 0.21), Rows("off", 2, 0.52, 0.41));
        Assert.Equal("Kernels move the loss by 0.030 on average, another seed moves it by 0.150.", chart.Description);
        Assert.Contains("means of 10 steps", chart.Body, StringComparison.Ordinal);
        // Its sign in the legend, and the line.
        foreach (string style in new[] { "warm", "grey", "dashed" })
            Assert.Equal(2, chart.Body.Split("<path ").Count(element => element.Contains($"class=\"{style}\"", StringComparison.Ordinal)));
    }

    private static LossRow[] Rows(string kernels, int seed, params double[] losses) =>
        [.. losses.Select((loss, i) => new LossRow { Kernels = kernels, Seed = seed, Step = 10 * (i + 1), Loss = loss })];
}
