using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Reports.Charts;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class ReadmeTests : IDisposable
{
    private const string Text = "# Name\n\n<!-- results: mini demo (written by the target Report) -->\nold\n<!-- end of results -->\n\nThe end.\n";
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    /// <summary>When this fails: <c>dotnet cake --target=Report --scale=</c> the scale in the README's marker, and commit README.md and results/.</summary>
    [Fact]
    public void The_README_shows_the_committed_results()
    {
        string text = File.ReadAllText(Path.Combine(Golden.Root, "README.md"));
        Assert.Contains("<!-- results: ", text, StringComparison.Ordinal);
        Assert.Equal(Readme.Current(Golden.Root, text), text);
    }

    [Fact]
    public void Its_drawing_is_that_of_the_committed_results()
    {
        string text = File.ReadAllText(Path.Combine(Golden.Root, "README.md"));
        string file = text.Split("](results/").Select(part => part.Split(')')[0]).First(path => path.EndsWith(".svg", StringComparison.Ordinal));
        Chart chart = Report.Charts(ReportDocument.Of(Report.Read(Golden.Root, file.Split('/')[0]))).Single(chart => chart.Name == Path.GetFileNameWithoutExtension(file));
        Assert.Equal(Svg.File(chart), File.ReadAllText(Path.Combine(Golden.Root, "results", file)));
    }

    [Fact]
    public void The_report_of_its_scale_writes_the_part_between_the_markers_and_nothing_else()
    {
        _shop.Put("README.md", Text);
        _shop.Run();
        string text = _shop.Read("README.md");
        Assert.StartsWith("# Name\n\n<!-- results: mini demo (written by the target Report) -->\n\nTwo methods on two tasks, at scale `mini` with small.", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\n<!-- end of results -->\n\nThe end.\n", text, StringComparison.Ordinal);
        Assert.Contains("| mrpc, f1 | 81.00 | 80.90 | 50 % | × 0.70 | × 0.80 | × 0.84 |\n", text, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_shop.Root, "results", "mini", "figures", "demo-costs.svg")));
    }

    [Fact]
    public void The_report_of_another_scale_leaves_it_alone()
    {
        _shop.Put("README.md", Text.Replace("mini", "smoke", StringComparison.Ordinal));
        _shop.Run();
        Assert.Contains("\nold\n", _shop.Read("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_marker_without_an_end_is_refused_before_it_eats_the_rest()
    {
        string text = Text.Replace("<!-- end of results -->", "", StringComparison.Ordinal);
        Assert.Contains("lacks the line", Assert.Throws<UsageException>(() => Readme.Current(_shop.Root, text)).Message, StringComparison.Ordinal);
    }
}
