using System.Globalization;

namespace SafeTune;

/// <summary>Numbers of bytes as people write them.</summary>
public static class ByteSize
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ];

    /// <summary>Reads a number with its unit, e.g. <c>8GiB</c>, <c>500 MB</c>; without a unit it is bytes.</summary>
    /// <exception cref="UsageException">It is no positive number of bytes.</exception>
    public static long Parse(string text)
    {
        var (unit, bytes) = Units.FirstOrDefault(entry => text.EndsWith(entry.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        return double.TryParse(text[..^unit.Length].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number * bytes is >= 1 and < 9e18
            ? (long)(number * bytes)
            : throw new UsageException($"'{text}' is no number of bytes; write it like 8GiB, 500MB or 2000000.");
    }

    /// <summary>MiB, or GiB from one on.</summary>
    public static string Words(long bytes) => bytes < 1L << 30
        ? FormattableString.Invariant($"{bytes / (double)(1 << 20):F1} MiB")
        : FormattableString.Invariant($"{bytes / (double)(1 << 30):F2} GiB");
}
