namespace SafeTune.Metrics.Text;

/// <summary>
/// NIST of a corpus (Doddington, 2002), in bits, from 0 on: 5-grams weighted by their information over all references,
/// info(w1…wn) = log2(count(w1…wn-1) / count(w1…wn)).
/// </summary>
internal static class Nist
{
    private const int MaxOrder = 5;

    // A hypothesis of two thirds the references' length gets half the score.
    private static readonly double Beta = -Math.Log(0.5) / Math.Pow(Math.Log(1.5), 2);

    public static double Of(IReadOnlyList<MtevalSegment> segments, MtevalVariant variant)
    {
        var counts = new Dictionary<string, int>[MaxOrder];
        for (var i = 0; i < MaxOrder; i++)
            counts[i] = Totals(segments.SelectMany(segment => segment.References), i + 1);
        var words = segments.Sum(segment => segment.References.Sum(reference => (double)reference.Length));
        var score = 0.0;
        for (var i = 0; i < MaxOrder; i++)
        {
            var order = i;
            var information = segments.Sum(segment =>
                NGrams.Hits(segment.Hypothesis, segment.References, order + 1).Sum(hit => hit.Hits * Information(hit.NGram, order, counts, words, variant)));
            var length = segments.Sum(segment =>
                variant == MtevalVariant.Pymteval ? (double)segment.Hypothesis.Length - order : Math.Max(0, segment.Hypothesis.Length - order));
            score += information == 0 ? 0 : information / length;
        }

        return score * Penalty(segments.Sum(segment => (double)segment.Hypothesis.Length) / ReferenceLength(segments, words, variant));
    }

    private static Dictionary<string, int> Totals(IEnumerable<string[]> sentences, int n)
    {
        Dictionary<string, int> totals = new(StringComparer.Ordinal);
        foreach (var ngram in sentences.SelectMany(sentence => NGrams.Of(sentence, n)))
            totals[ngram] = totals.GetValueOrDefault(ngram) + 1;
        return totals;
    }

    private static double Information(string ngram, int order, Dictionary<string, int>[] counts, double words, MtevalVariant variant)
    {
        var context = order == 0 ? "" : ngram[..ngram.LastIndexOf(' ')];
        // "0" is false in Perl, so that what follows it is weighed as if nothing came before.
        var without = order == 0 || (variant == MtevalVariant.Perl && context == "0") ? words : counts[order - 1][context];
        return Math.Log2(without / counts[order][ngram]);
    }

    // Python: the sum of every item's mean. Perl: all words over the largest number of references, since it pads the others with empty ones.
    private static double ReferenceLength(IReadOnlyList<MtevalSegment> segments, double words, MtevalVariant variant) =>
        variant == MtevalVariant.Pymteval
            ? segments.Sum(segment => segment.References.Average(reference => reference.Length))
            : words / segments.Max(segment => segment.References.Count);

    private static double Penalty(double ratio) => ratio >= 1 ? 1 : ratio > 0 ? Math.Exp(-Beta * Math.Pow(Math.Log(ratio), 2)) : 0;
}
