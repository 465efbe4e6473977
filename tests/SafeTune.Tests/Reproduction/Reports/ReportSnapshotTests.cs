using System.Text;
using System.Text.RegularExpressions;
using SafeTune.Training;

namespace SafeTune.Tests.Reproduction.Reports;

/// <summary>Whole reports of six invented cells, one of which failed: what changes in them is seen before it is accepted.</summary>
public sealed class ReportSnapshotTests : IDisposable
{
    private readonly Workshop _shop = new();

    public ReportSnapshotTests()
    {
        _shop.Trainer.Answer = cell => cell.Key.Method == "lora+zhang" && cell.Key.Task == "cola" ? throw new TrainingFailedException("the loss is not a number") : null;
        _shop.Run();
    }

    public void Dispose() => _shop.Dispose();

    [Fact]
    public Task Markdown() => Holds("REPORT.md");

    [Fact]
    public Task Html() => Holds("REPORT.html");

    private SettingsTask Holds(string file) => Verifier.VerifyFile(Path.Combine(_shop.Root, "results", "mini", file)).AddScrubber(HideTimes);

    private static void HideTimes(StringBuilder report)
    {
        string hidden = Regex.Replace(report.ToString(), @"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "{time}");
        report.Clear().Append(hidden);
    }
}
