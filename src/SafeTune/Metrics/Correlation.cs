namespace SafeTune.Metrics;

/// <summary>Correlations between expected and predicted scores, from -1 to 1, equal to SciPy's.</summary>
public static class Correlation
{
    /// <summary>
    /// Pearson's correlation (<c>pearsonr</c>). NaN where it is undefined: fewer than two rows, one list constant, or a value that is not finite.
    /// </summary>
    /// <param name="expected">The true scores.</param>
    /// <param name="predicted">The predicted scores, in the same order.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double Pearson(IReadOnlyList<double> expected, IReadOnlyList<double> predicted)
    {
        Pairs.Check(expected, predicted);
        // Constant lists by comparison: their mean is rounded, so that their variance need not be exactly 0.
        if (!expected.All(double.IsFinite) || !predicted.All(double.IsFinite) || IsConstant(expected) || IsConstant(predicted))
            return double.NaN;
        var (x, y) = (Centred(expected), Centred(predicted));
        var product = 0.0;
        for (var i = 0; i < x.Length; i++)
            product += x[i] * y[i];
        return Math.Clamp(product / (Norm(x) * Norm(y)), -1, 1);
    }

    /// <summary>
    /// Spearman's rank correlation (<c>spearmanr</c>): Pearson's of the ranks, equal values sharing their mean rank.
    /// NaN where Pearson's is.
    /// </summary>
    /// <param name="expected">The true scores.</param>
    /// <param name="predicted">The predicted scores, in the same order.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double Spearman(IReadOnlyList<double> expected, IReadOnlyList<double> predicted)
    {
        Pairs.Check(expected, predicted);
        return expected.All(double.IsFinite) && predicted.All(double.IsFinite) ? Pearson(Ranks(expected), Ranks(predicted)) : double.NaN;
    }

    private static bool IsConstant(IReadOnlyList<double> values) => values.All(value => value == values[0]);

    /// <summary>Deviations from the mean, scaled by the largest so that squares of tiny or huge scores neither vanish nor overflow.</summary>
    private static double[] Centred(IReadOnlyList<double> values)
    {
        var scale = values.Max(Math.Abs);
        var mean = values.Average(value => value / scale);
        var deviations = values.Select(value => value / scale - mean).ToArray();
        var largest = deviations.Max(Math.Abs);
        return largest == 0 ? deviations : [.. deviations.Select(deviation => deviation / largest)];
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private static double[] Ranks(IReadOnlyList<double> values)
    {
        var order = Enumerable.Range(0, values.Count).OrderBy(i => values[i]).ToArray();
        var ranks = new double[order.Length];
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && values[order[end]] == values[order[start]])
                end++;
            // Ranks start + 1 … end, whose mean is (start + 1 + end) / 2.
            foreach (var i in order.AsSpan(start, end - start))
                ranks[i] = (start + 1 + end) / 2.0;
            start = end;
        }

        return ranks;
    }
}
