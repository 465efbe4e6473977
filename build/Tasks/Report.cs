using Cake.Frosting;

namespace Build.Tasks;

/// <summary>The report alone, e.g. after results were merged or a claim was reworded.</summary>
[TaskName("Report")]
[TaskDescription("Writes results/<scale>/REPORT.md, its figures and REPORT.html again from the CSV files, and the README where it shows that scale; --scale, --strict-claims")]
public sealed class Report : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        context.Require(SafeTune.Reproduction.Reproduce.Report(context.Root, context.Selection, Console.Out), "not every claim holds: see above");
    }
}
