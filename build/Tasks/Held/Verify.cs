using Cake.Frosting;
using SafeTune.Reproduction.Comparing;

namespace Build.Tasks;

/// <summary>Whether the results are those that somebody looked at and accepted.</summary>
[TaskName("Verify")]
[TaskDescription("Holds results/<scale>/*.csv against *.verified.csv within the bands; all scales without --scale; --accept")]
public sealed class Verify : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        var selection = context.Selection;
        var held = Verification.Run(context.Root, selection.NamesScale ? selection.Scale : null, selection.Accept, Console.Out);
        context.Require(held ? ExitCode.Fine : ExitCode.NotHeld, "not everything held: see above");
    }
}
