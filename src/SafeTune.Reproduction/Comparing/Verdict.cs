using System.Globalization;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>What became of one value, the worst last.</summary>
public enum Verdict
{
    /// <summary>Equal to the last digit.</summary>
    Same,
    /// <summary>Another value, inside its band.</summary>
    InBand,
    /// <summary>The cell has other settings or data: nothing can be said of its values.</summary>
    NotComparable,
    /// <summary>Nobody verified this value: it was not there before.</summary>
    New,
    /// <summary>Outside its band in the good direction, which needs an explanation as well.</summary>
    Better,
    /// <summary>Outside its band in the bad direction, or a number that should not change at all.</summary>
    Worse,
    /// <summary>The row or the value is gone, or is no finite number any more.</summary>
    Missing,
    /// <summary>The cell gave numbers before, and fails now.</summary>
    Failed,
}

/// <summary>One value of a cell, before and now.</summary>
/// <param name="Key">The cell.</param>
/// <param name="Quantity">A metric's or a column's name; empty where the verdict is of the whole cell.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="Now">Null when it is not there.</param>
/// <param name="Verdict">What that means.</param>
/// <param name="Band">How far the value may lie from the one before; null where no band decided.</param>
/// <param name="Note">What there is to add, such as a failed cell's reason.</param>
public sealed record Difference(CellKey Key, string Quantity, double? Before, double? Now, Verdict Verdict, Band? Band = null, string Note = "")
{
    /// <summary>A line for the console.</summary>
    public override string ToString()
    {
        string what = Quantity.Length == 0 ? $"{Key} ({Key.Model})" : $"{Key} ({Key.Model}): {Quantity}";
        string numbers = Quantity.Length == 0 ? "" : $" was {Words(Before)}, is {Words(Now)}";
        string band = Band is null ? "" : $", band {Verdicts.Describe(Band)}";
        return $"{Verdicts.Name(Verdict)}: {what}{numbers}{band}{(Note.Length > 0 ? $" ({Note})" : "")}";
    }

    private static string Words(double? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "missing";
}

/// <summary>Verdicts and bands in words.</summary>
public static class Verdicts
{
    /// <summary>Every verdict, the worst first.</summary>
    public static IReadOnlyList<Verdict> WorstFirst { get; } = [.. Enum.GetValues<Verdict>().OrderDescending()];

    /// <summary>As before, or inside the band.</summary>
    public static bool Holds(Verdict verdict) => verdict is Verdict.Same or Verdict.InBand;

    /// <summary>What a change must not do.</summary>
    public static bool IsRegression(Verdict verdict) => verdict is Verdict.Worse or Verdict.Missing or Verdict.Failed;

    /// <summary>In one or two words.</summary>
    public static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Same => "same",
        Verdict.InBand => "inside its band",
        Verdict.NotComparable => "not comparable",
        Verdict.New => "new",
        Verdict.Better => "better",
        Verdict.Worse => "worse",
        Verdict.Missing => "missing",
        _ => "failed",
    };

    /// <summary>How many there are of each, the worst first.</summary>
    public static string Count(IEnumerable<Difference> differences)
    {
        var counts = differences.CountBy(difference => difference.Verdict).ToDictionary();
        return string.Join(", ", WorstFirst.Where(counts.ContainsKey).Select(verdict => string.Create(CultureInfo.InvariantCulture, $"{counts[verdict]} {Name(verdict)}")));
    }

    /// <summary>exact, ± 0.5 or ± 5 %.</summary>
    public static string Describe(Band band)
    {
        ArgumentNullException.ThrowIfNull(band);
        string? absolute = band.Absolute is { } width ? string.Create(CultureInfo.InvariantCulture, $"± {width:#,0.####}") : null;
        string? relative = band.Relative is { } share ? string.Create(CultureInfo.InvariantCulture, $"± {100 * share:0.##} %") : null;
        return band.Exact ? "exact" : absolute is not null && relative is not null ? $"{relative}, at least {absolute}" : relative ?? absolute ?? "exact";
    }
}
