namespace Build.Tasks;

/// <summary>Runs the experiment file that bears the target's name; everything else is the runner's.</summary>
public abstract class TableTask : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        var exitCode = context.Reproduce(GetType().Name.ToLowerInvariant());
        context.Require(exitCode, exitCode == ExitCode.Interrupted ? "stopped" : "not everything held: see above");
    }
}
