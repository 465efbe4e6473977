using System.Globalization;

namespace SafeTune.Reproduction;

/// <summary>One of several equal parts of all cells, for as many machines.</summary>
/// <param name="Index">From 1.</param>
/// <param name="Count">Of how many.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>Whether it has a cell, by its position in the whole; neighbours go to different shards, since they take about as long.</summary>
    public bool Has(int position) => position % Count == Index - 1;

    /// <summary>Reads <c>2/4</c>.</summary>
    /// <exception cref="UsageException">It is not of that form, or outside.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var first, var second]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new UsageException($"--shard is '{text}'; expected a part and the number of parts, --shard=1/4 to --shard=4/4.");
    }

    public override string ToString() => FormattableString.Invariant($"{Index}/{Count}");
}
