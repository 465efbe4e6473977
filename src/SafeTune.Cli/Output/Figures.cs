namespace SafeTune.Cli.Output;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    /// <summary>Three digits, with an exponent: 1.23e-06.</summary>
    public static string Small(double value) => value == 0 ? "0" : FormattableString.Invariant($"{value:0.00e+00}");

    /// <summary>Four decimals; a correlation of equal numbers, for example, is undefined.</summary>
    public static string Score(double value) => double.IsNaN(value) ? "undefined" : FormattableString.Invariant($"{value:F4}");

    /// <summary>Two digits, however small: the blocks' scores differ by orders of magnitude.</summary>
    public static string Importance(double value) => FormattableString.Invariant($"{value:G2}");

    /// <summary>Bytes, kB or MB (of 1000); null for null.</summary>
    public static string? Bytes(long? bytes) => bytes switch
    {
        null => null,
        > -10_000 and < 10_000 => FormattableString.Invariant($"{bytes} bytes"),
        > -1_000_000 and < 1_000_000 => FormattableString.Invariant($"{bytes / 1e3:F1} kB"),
        _ => FormattableString.Invariant($"{bytes / 1e6:F1} MB"),
    };

    /// <summary>Seconds, or minutes and seconds.</summary>
    public static string Time(double seconds) => seconds < 60
        ? FormattableString.Invariant($"{seconds:F1} s")
        : FormattableString.Invariant($"{(long)seconds / 60} min {(long)seconds % 60} s");
}
