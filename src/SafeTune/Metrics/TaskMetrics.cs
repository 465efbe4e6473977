namespace SafeTune.Metrics;

/// <summary>The metrics that fit a task, by name.</summary>
public static class TaskMetrics
{
    /// <summary>
    /// Classification: <c>accuracy</c>, <c>f1</c> (two classes only; where the positive one is named, <c>f1_macro</c> too) and <c>matthews</c>. Regression: <c>pearson</c>, <c>spearman</c> and <c>mse</c>.
    /// Fractions, not percentages.
    /// </summary>
    /// <param name="regression">Whether the values are scores; else they are class indices.</param>
    /// <param name="labels">The number of classes.</param>
    /// <param name="expected">The true classes or scores.</param>
    /// <param name="predicted">The predicted ones, in the same order.</param>
    /// <param name="positive">Of two classes the one that <c>f1</c> is of; null = class 1, as in GLUE.</param>
    /// <exception cref="ArgumentException">
    /// No rows, lists of different lengths, or a class that is not one of 0 … labels - 1 (a row without label, for example).
    /// </exception>
    public static IReadOnlyDictionary<string, double> Of(bool regression, int labels, IReadOnlyList<double> expected, IReadOnlyList<double> predicted, int? positive = null)
    {
        Pairs.Check(expected, predicted);
        if (regression)
        {
            return new Dictionary<string, double>
            {
                ["pearson"] = Correlation.Pearson(expected, predicted),
                ["spearman"] = Correlation.Spearman(expected, predicted),
                ["mse"] = expected.Zip(predicted, (e, p) => (e - p) * (e - p)).Average(),
            };
        }

        var (right, answers) = (Classes(expected, labels, nameof(expected)), Classes(predicted, labels, nameof(predicted)));
        Dictionary<string, double> scores = new() { ["accuracy"] = Classification.Accuracy(right, answers) };
        if (labels == 2)
            scores["f1"] = Classification.F1(right, answers, positive ?? 1);
        if (labels == 2 && positive is not null)
            scores["f1_macro"] = Classification.MacroF1(right, answers);
        scores["matthews"] = Classification.Matthews(right, answers);
        return scores;
    }

    private static int[] Classes(IReadOnlyList<double> values, int labels, string name)
    {
        var classes = new int[values.Count];
        for (var i = 0; i < classes.Length; i++)
        {
            // The comparison is false for NaN too: a row without label cannot be scored.
            if (!(values[i] >= 0 && values[i] < labels && values[i] == Math.Floor(values[i])))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Row {i + 1} has class {values[i]}, expected one of 0 to {labels - 1}: score labelled rows only."), name);
            }

            classes[i] = (int)values[i];
        }

        return classes;
    }
}
