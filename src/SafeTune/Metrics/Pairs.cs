namespace SafeTune.Metrics;

/// <summary>What every metric asks of its two lists.</summary>
internal static class Pairs
{
    public static void Check<T>(IReadOnlyList<T> expected, IReadOnlyList<T> predicted)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(predicted);
        if (expected.Count != predicted.Count)
        {
            throw new ArgumentException(
                $"{expected.Count} expected values, but {predicted.Count} predicted ones: a metric compares them one by one.", nameof(predicted));
        }

        if (expected.Count == 0)
            throw new ArgumentException("A metric needs at least one row.", nameof(expected));
    }
}
