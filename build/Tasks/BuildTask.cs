using Cake.Frosting;

namespace Build.Tasks;

/// <summary>A target of this build: its errors become the exit codes that the product uses everywhere.</summary>
public abstract class BuildTask : FrostingTask<BuildContext>
{
    /// <inheritdoc/>
    public sealed override void Run(BuildContext context)
    {
        // Not in OnError: Cake would print the sentence once before it and once after.
        try
        {
            Do(context);
        }
        catch (Exception exception)
        {
            throw context.Outcome.End(exception);
        }
    }

    /// <summary>The target's work; throws <see cref="SafeTune.UsageException"/> for bad input.</summary>
    protected abstract void Do(BuildContext context);
}
