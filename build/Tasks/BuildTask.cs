using Cake.Core;
using Cake.Frosting;
using SafeTune;

namespace Build.Tasks;

/// <summary>A target of this build: its errors become the exit codes that the product uses everywhere.</summary>
public abstract class BuildTask : FrostingTask<BuildContext>
{
    /// <inheritdoc/>
    public override void OnError(Exception exception, BuildContext context) => throw exception switch
    {
        CakeException => exception,
        UsageException => new CakeException(ExitCode.Usage, exception.Message, exception),
        OperationCanceledException => new CakeException(ExitCode.Interrupted, "interrupted", exception),
        _ => new CakeException(ExitCode.NotHeld, exception.Message, exception),
    };

    /// <summary>Ends the target when a program or runner did not end with 0, keeping its code.</summary>
    /// <exception cref="CakeException"><paramref name="exitCode"/> is not 0.</exception>
    protected static void Require(int exitCode, string sentence)
    {
        if (exitCode != ExitCode.Fine)
        {
            throw new CakeException(exitCode, sentence);
        }
    }
}
