using System.Xml.Linq;
using SafeTune.Reproduction.Reports.Charts;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class ChartTests
{
    private static readonly XNamespace Ns = "http://www.w3.org/2000/svg";

    private static MethodSummary Method(string method, double after, double flops) =>
        new(method, "lora", ["mrpc"], 80, 81, after, after, after, flops, null, 0.5) { LessIsBetter = false };

    private static XElement Draw(Chart chart)
    {
        Assert.NotNull(XElement.Parse(Svg.Inline(chart)));
        return XElement.Parse(Svg.File(chart));
    }

    private static double[] Numbers(XElement svg, string element, string style, string attribute) =>
        [.. svg.Descendants(Ns + element).Where(each => (string?)each.Attribute("class") == style).Select(each => double.Parse(each.Attribute(attribute)!.Value, System.Globalization.CultureInfo.InvariantCulture))];

    [Fact]
    public void Bars_are_as_long_as_the_shares()
    {
        XElement svg = Draw(BarChart.Of("x", "Table <1> & \"more\"", [Method("lora", 1, 1), Method("lora+safe", 0.5, 0.9), Method("lora+<meft>", 0.7, 1.8)])!);
        double[] memory = Numbers(svg, "rect", "warm", "width")[1..], compute = Numbers(svg, "rect", "cold", "width")[1..];
        Assert.Equal(0.5 / 0.7, memory[0] / memory[1], 3);
        Assert.Equal(0.9 / 1.8, compute[0] / compute[1], 3);
        Assert.Equal(0.5 / 1.8, memory[0] / compute[1], 3);
        Assert.StartsWith("Table <1> & \"more\": memory and compute", svg.Element(Ns + "title")!.Value, StringComparison.Ordinal);
        Assert.Contains("LoRA+SAFE: memory after freezing × 0.50, mean memory × 0.50, compute × 0.90", svg.Element(Ns + "desc")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_another_method_there_are_no_bars() => Assert.Null(BarChart.Of("x", "Table 1", [Method("lora", 1, 1)]));

    [Fact]
    public void Points_lie_where_memory_and_score_put_them_and_the_frontier_is_full()
    {
        XElement svg = Draw(ScatterChart.Of("x", "Table 1", [new("lora", 1, 85, true), new("lora+safe", 0.5, 84, true), new("lora+zhang", 0.75, 83, false)], "lora", "score")!);
        double[] x = Numbers(svg, "circle", "cold", "cx"), y = Numbers(svg, "circle", "cold", "cy");
        double[] other = [Numbers(svg, "circle", "hollow", "cx")[0], Numbers(svg, "circle", "hollow", "cy")[0]];
        Assert.Equal((x[0] + x[1]) / 2, other[0], 1);
        Assert.Equal(y[0] + (2 * (y[1] - y[0])), other[1], 1);
        Assert.True(y[0] < y[1]);
        Assert.Contains("LoRA: memory × 1.00, score 85.00, on the frontier", svg.Element(Ns + "desc")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_do_not_lie_over_each_other()
    {
        XElement svg = Draw(ScatterChart.Of("x", "Table 1", [new("lora", 0.9, 85, true), new("bitfit", 0.9, 85, true), new("houlsby", 0.9, 85.001, true), new("full", 0.5, 70, false)], "lora", "score")!);
        double[] labels = [.. Numbers(svg, "text", "strong", "y").Order()];
        Assert.Equal(3, labels.Length);
        Assert.All(labels.Zip(labels[1..]), pair => Assert.True(pair.Second - pair.First >= 13));
    }

    [Fact]
    public void A_curve_has_a_line_where_blocks_freeze()
    {
        CurveRow[] losses = [new() { Step = 10, Loss = 1 }, new() { Step = 20, Loss = 0.5 }], alone = [new() { Step = 10, Loss = 1 }, new() { Step = 20, Loss = 0.4 }];
        XElement svg = Draw(CurveChart.Of("x", new Curve(new CellKey("t", "mini", "m", "lora+safe", "mrpc", 1), "lora", losses, alone, [(10, [0, 1]), (15, [2])])));
        double[] events = Numbers(svg, "line", "dashed", "x1");
        Assert.Equal(2, events.Length);
        Assert.True(events[1] > events[0]);
        Assert.Equal("LoRA+SAFE: loss from 1.000 to 0.500; block 0 and 1 froze at step 10, block 2 froze at step 15. LoRA alone ends at 0.400.", svg.Element(Ns + "desc")!.Value);
    }

    [Fact]
    public void A_file_brings_the_colours_of_both_schemes_and_a_page_its_own()
    {
        Chart chart = BarChart.Of("x", "Table 1", [Method("lora", 1, 1), Method("lora+safe", 0.5, 0.9)])!;
        Assert.Contains("prefers-color-scheme: dark", Svg.File(chart), StringComparison.Ordinal);
        Assert.DoesNotContain("<style>", Svg.Inline(chart), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.55, 1.0, new[] { 0.4, 0.6, 0.8, 1.0, 1.2 })]
    [InlineData(81, 84, new[] { 80.0, 81, 82, 83, 84, 85 })]
    [InlineData(3, 3, new[] { 2.5, 3, 3.5 })]
    public void Ticks_are_round_and_hold_the_values(double low, double high, double[] ticks)
    {
        var scale = new Scale([low, high], 0, 100);
        Assert.Equal(ticks, scale.Ticks);
        Assert.InRange(scale[low], 0, 100);
        Assert.InRange(scale[high], 0, 100);
    }
}
