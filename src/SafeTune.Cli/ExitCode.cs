namespace SafeTune.Cli;

/// <summary>What the process says to its caller; the same numbers everywhere in SafeTune.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Fine = 0;

    /// <summary>Done, but something did not hold: parity out of tolerance, a training that failed, an error of this program's own.</summary>
    public const int DidNotHold = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;

    /// <summary>Interrupted; what was done is saved.</summary>
    public const int Interrupted = 130;
}
