namespace Build;

/// <summary>What the build's exit codes mean.</summary>
public static class ExitCode
{
    /// <summary>Everything was done and held.</summary>
    public const int Fine = 0;

    /// <summary>Done, but something did not hold: a test, a cell, a claim under --strict-claims.</summary>
    public const int NotHeld = 1;

    /// <summary>Bad input or usage.</summary>
    public const int Usage = 2;

    /// <summary>A result is worse, missing or failed against the baseline.</summary>
    public const int Regression = 3;

    /// <summary>Stopped by the user.</summary>
    public const int Interrupted = 130;

    /// <summary>What a code that Cake's host ended with means here: for its own failures it has codes of its own.</summary>
    public static int OfHost(int code) => code is Fine or NotHeld or Usage or Regression or Interrupted ? code : NotHeld;
}
