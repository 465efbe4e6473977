namespace SafeTune.Metrics.Text;

/// <summary>BLEU of a corpus (Papineni et al., 2002), from 0 to 1: 4-grams, brevity against the closest reference length, the shorter at a tie.</summary>
internal static class Bleu
{
    private const int MaxOrder = 4;

    public static double Of(IReadOnlyList<MtevalSegment> segments, MtevalVariant variant)
    {
        var (hits, lengths, referenceLength) = (new double[MaxOrder], new double[MaxOrder], 0.0);
        foreach (var (hypothesis, references) in segments)
        {
            for (var i = 0; i < MaxOrder; i++)
            {
                hits[i] += NGrams.Hits(hypothesis, references, i + 1).Sum(hit => hit.Hits);
                // Python lets the count of a hypothesis shorter than the order become negative.
                lengths[i] += variant == MtevalVariant.Pymteval ? hypothesis.Length - i : Math.Max(0, hypothesis.Length - i);
            }

            referenceLength += ClosestLength(hypothesis.Length, references);
        }

        return variant == MtevalVariant.Pymteval ? Pymteval(hits, lengths, referenceLength) : Perl(hits, lengths, referenceLength);
    }

    private static int ClosestLength(int length, IReadOnlyList<string[]> references) =>
        references.Select(reference => reference.Length).OrderBy(candidate => Math.Abs(candidate - length)).ThenBy(candidate => candidate).First();

    // Zero counts are replaced by tiny ones, so that the logarithm exists.
    private static double Pymteval(double[] hits, double[] lengths, double referenceLength)
    {
        var brevity = lengths[0] <= referenceLength ? Math.Exp(1 - referenceLength / (lengths[0] == 0 ? 1e-5 : lengths[0])) : 1;
        return brevity * Math.Exp(hits.Zip(lengths, (hit, length) => Math.Log(Math.Max(hit, 1e-15) / Math.Max(length, 1e-9))).Average());
    }

    // The k-th order without a hit counts as half a hit to the power of k.
    private static double Perl(double[] hits, double[] lengths, double referenceLength)
    {
        if (lengths[0] == 0)
            return 0;
        var (sum, smooth) = (0.0, 1.0);
        for (var i = 0; i < MaxOrder; i++)
        {
            if (lengths[i] == 0)
                continue;
            if (hits[i] == 0)
                smooth *= 2;
            sum += Math.Log((hits[i] == 0 ? 1 / smooth : hits[i]) / lengths[i]);
        }

        return Math.Exp(Math.Min(0, 1 - referenceLength / lengths[0])) * Math.Exp(sum / MaxOrder);
    }
}
