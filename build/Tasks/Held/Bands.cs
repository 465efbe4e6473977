using Cake.Frosting;
using SafeTune.Reproduction.Comparing;

namespace Build.Tasks;

/// <summary>How far a rerun may lie from the verified results, as repeated runs show it.</summary>
[TaskName("Bands")]
[TaskDescription("Writes results/<scale>/*.bands.csv from the seeds of the results; all scales without --scale")]
public sealed class Bands : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) =>
        MeasuredBands.Write(context.Root, context.Selection.NamesScale ? context.Selection.Scale : null, Console.Out);
}
