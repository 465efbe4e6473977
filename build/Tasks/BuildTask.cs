using Cake.Frosting;

namespace Build.Tasks;

/// <summary>A target of this build: its errors become the exit codes that the product uses everywhere.</summary>
public abstract class BuildTask : FrostingTask<BuildContext>
{
    /// <inheritdoc/>
    public override void OnError(Exception exception, BuildContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        throw context.Outcome.End(exception);
    }
}
