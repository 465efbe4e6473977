using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Whether a change made any result worse.</summary>
[TaskName("Regression")]
[TaskDescription("Compares two sets of results and writes a comment for the pull request; exit code 3 when something is worse; --baseline, --candidate, --scale, --output")]
public sealed class Regression : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context) => context.Require(
        SafeTune.Reproduction.Comparing.Regressions.Regression.Run(context.Root, context.Selection, Console.Out), "something is worse than before: see above");
}
