using Cake.Frosting;

namespace Build.Tasks;

/// <summary>The report alone, e.g. after results were merged or a claim was reworded.</summary>
[TaskName("Report")]
[TaskDescription("Writes results/<scale>/REPORT.md and REPORT.html again from the CSV files; --scale")]
public sealed class Report : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        SafeTune.Reproduction.Reports.Report.Write(context.Root, context.Selection.Scale);
        Console.WriteLine($"Report: results/{context.Selection.Scale}/REPORT.md and REPORT.html");
    }
}
