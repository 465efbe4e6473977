using SafeTune;

namespace Build;

/// <summary>
/// What a run comes to, for Main: Cake's report comes after the last target, and Cake turns every exception of a target into exit code 1.
/// </summary>
public sealed class Outcome
{
    /// <summary>The exit code a target ended with; null when it said nothing.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>What is to be read last, after Cake's own report: CI looks for the test totals there.</summary>
    public string? ClosingLine { get; set; }

    /// <summary>Ends the run with a code of ours (<see cref="Build.ExitCode"/>).</summary>
    /// <returns>The exception to throw, so that no further target runs.</returns>
    public Exception End(int exitCode, string sentence)
    {
        ExitCode ??= exitCode;
        return new Cake.Core.CakeException(exitCode, sentence);
    }

    /// <summary>Ends the run with the code that an exception stands for.</summary>
    public Exception End(Exception exception)
    {
        return exception switch
        {
            Cake.Core.CakeException => exception,
            UsageException => End(Build.ExitCode.Usage, exception.Message),
            OperationCanceledException => End(Build.ExitCode.Interrupted, "stopped"),
            _ => End(Build.ExitCode.NotHeld, exception.Message),
        };
    }
}
