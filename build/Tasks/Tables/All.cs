using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Everything that trains, in one run.</summary>
[TaskName("All")]
[TaskDescription("Every table and figure at once, one report; what two of them share is trained once")]
public sealed class All : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        var exitCode = context.Reproduce([.. Tables.All]);
        context.Require(exitCode, exitCode == ExitCode.Interrupted ? "stopped" : "not everything held: see above");
    }
}
