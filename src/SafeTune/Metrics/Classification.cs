namespace SafeTune.Metrics;

/// <summary>Scores of predicted classes, as fractions, equal to scikit-learn's.</summary>
public static class Classification
{
    /// <summary>The share of rows whose class is right (<c>accuracy_score</c>).</summary>
    /// <param name="expected">The true classes.</param>
    /// <param name="predicted">The predicted classes, in the same order.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double Accuracy(IReadOnlyList<int> expected, IReadOnlyList<int> predicted)
    {
        Pairs.Check(expected, predicted);
        return Count(expected, predicted, (e, p) => e == p) / expected.Count;
    }

    /// <summary>
    /// Harmonic mean of precision and recall of one class (<c>f1_score</c> with its <c>pos_label</c>); 0 when that class is neither expected nor predicted.
    /// </summary>
    /// <param name="expected">The true classes; every class but the positive one is negative.</param>
    /// <param name="predicted">The predicted classes, in the same order.</param>
    /// <param name="positive">The positive class.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double F1(IReadOnlyList<int> expected, IReadOnlyList<int> predicted, int positive = 1)
    {
        Pairs.Check(expected, predicted);
        var hits = Count(expected, predicted, (e, p) => e == positive && p == positive);
        var misses = Count(expected, predicted, (e, p) => e == positive != (p == positive));
        return hits == 0 ? 0 : 2 * hits / (2 * hits + misses);
    }

    /// <summary>Mean of the F1 of every class that is expected or predicted (<c>f1_score</c> with <c>average="macro"</c>).</summary>
    /// <param name="expected">The true classes.</param>
    /// <param name="predicted">The predicted classes, in the same order.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double MacroF1(IReadOnlyList<int> expected, IReadOnlyList<int> predicted)
    {
        Pairs.Check(expected, predicted);
        return expected.Union(predicted).Average(one => F1(expected, predicted, one));
    }

    /// <summary>
    /// Matthews' correlation coefficient, for any number of classes (<c>matthews_corrcoef</c>; Gorodkin's R_K, 2004).
    /// 0 where it is undefined: only one class expected, or only one predicted.
    /// </summary>
    /// <param name="expected">The true classes.</param>
    /// <param name="predicted">The predicted classes, in the same order.</param>
    /// <exception cref="ArgumentException">No rows, or two lists of different lengths.</exception>
    public static double Matthews(IReadOnlyList<int> expected, IReadOnlyList<int> predicted)
    {
        Pairs.Check(expected, predicted);
        // In double: the products of a large set's counts do not fit 64 bits.
        double rows = expected.Count;
        var right = Count(expected, predicted, (e, p) => e == p);
        var (ofExpected, ofPredicted) = (Counts(expected), Counts(predicted));
        var expectedPredicted = right * rows - ofExpected.Sum(c => c.Value * ofPredicted.GetValueOrDefault(c.Key));
        var expectedExpected = rows * rows - ofExpected.Values.Sum(count => count * count);
        var predictedPredicted = rows * rows - ofPredicted.Values.Sum(count => count * count);
        return expectedExpected == 0 || predictedPredicted == 0
            ? 0
            : expectedPredicted / Math.Sqrt(expectedExpected * predictedPredicted);
    }

    private static double Count(IReadOnlyList<int> expected, IReadOnlyList<int> predicted, Func<int, int, bool> counts)
    {
        var sum = 0;
        for (var i = 0; i < expected.Count; i++)
            sum += counts(expected[i], predicted[i]) ? 1 : 0;
        return sum;
    }

    private static Dictionary<int, double> Counts(IEnumerable<int> classes) =>
        classes.GroupBy(c => c).ToDictionary(group => group.Key, group => (double)group.Count());
}
