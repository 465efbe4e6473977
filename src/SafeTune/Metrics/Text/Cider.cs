namespace SafeTune.Metrics.Text;

/// <summary>
/// CIDEr-D (Vedantam et al., 2015) as pycocoevalcap computes it, from 0 to 10: tf-idf vectors of 1- to 4-grams, counts clipped, a Gaussian
/// penalty (sigma 6) on the difference of lengths, no stemming, the mean over orders, references and items, times 10.
/// </summary>
internal static class Cider
{
    private const int MaxOrder = 4;
    private const double Sigma = 6;

    /// <param name="items">Hypotheses and references as <see cref="PtbTokenizer"/> leaves them.</param>
    public static double Of(IReadOnlyList<(string Hypothesis, IReadOnlyList<string> References)> items)
    {
        var cooked = items.Select(item => (Hypothesis: Counts(item.Hypothesis), References: item.References.Select(Counts).ToArray())).ToArray();
        var frequencies = Frequencies(cooked.Select(item => item.References));
        var logItems = Math.Log(items.Count);
        return 10 * cooked.Average(item =>
        {
            var hypothesis = Vector.Of(item.Hypothesis, frequencies, logItems);
            return item.References.Average(reference => Similarity(hypothesis, Vector.Of(reference, frequencies, logItems)));
        });
    }

    private static Dictionary<string, int>[] Counts(string text)
    {
        var words = Words.Split(text);
        return [.. Enumerable.Range(1, MaxOrder).Select(n => NGrams.Count(words, n))];
    }

    // In how many items an n-gram occurs in some reference.
    private static Dictionary<string, int> Frequencies(IEnumerable<Dictionary<string, int>[][]> items)
    {
        Dictionary<string, int> frequencies = new(StringComparer.Ordinal);
        foreach (var ngram in items.SelectMany(references => references.SelectMany(orders => orders.SelectMany(order => order.Keys)).Distinct(StringComparer.Ordinal)))
            frequencies[ngram] = frequencies.GetValueOrDefault(ngram) + 1;
        return frequencies;
    }

    private static double Similarity(Vector hypothesis, Vector reference)
    {
        var sum = 0.0;
        for (var i = 0; i < MaxOrder; i++)
        {
            var product = 0.0;
            foreach (var (ngram, weight) in hypothesis.Weights[i])
            {
                if (reference.Weights[i].TryGetValue(ngram, out var other))
                    product += Math.Min(weight, other) * other;
            }

            var norms = hypothesis.Norms[i] * reference.Norms[i];
            sum += norms == 0 ? 0 : product / norms;
        }

        double difference = hypothesis.Length - reference.Length;
        return sum / MaxOrder * Math.Exp(-difference * difference / (2 * Sigma * Sigma));
    }

    /// <summary>Tf-idf weights and their norms by order; the length counts bigrams, as the reference implementation does.</summary>
    private sealed record Vector(Dictionary<string, double>[] Weights, double[] Norms, int Length)
    {
        public static Vector Of(Dictionary<string, int>[] counts, Dictionary<string, int> frequencies, double logItems)
        {
            var weights = counts.Select(order => order.ToDictionary(
                pair => pair.Key, pair => pair.Value * (logItems - Math.Log(Math.Max(1, frequencies.GetValueOrDefault(pair.Key)))), StringComparer.Ordinal)).ToArray();
            return new Vector(weights, [.. weights.Select(order => Math.Sqrt(order.Values.Sum(weight => weight * weight)))], counts[1].Values.Sum());
        }
    }
}
