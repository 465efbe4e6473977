namespace SafeTune.Metrics.Text;

/// <summary>
/// METEOR 1.5 for English without its paraphrase table (Denkowski and Lavie, 2014): one score over the summed statistics of all items, each
/// item's taken from its best reference. Approximate: the jar also matches paraphrases, and knows more function words.
/// </summary>
internal static class Meteor
{
    private const double Alpha = 0.85;
    private const double Beta = 0.2;
    private const double Gamma = 0.6;
    private const double Delta = 0.75;

    /// <param name="items">Hypotheses and references as <see cref="PtbTokenizer"/> leaves them.</param>
    public static double Of(IReadOnlyList<(string Hypothesis, IReadOnlyList<string> References)> items) =>
        Score(items.Select(item => Best(item.Hypothesis, item.References)).Aggregate(new MeteorStatistics(), (sum, item) => sum + item));

    private static MeteorStatistics Best(string hypothesis, IReadOnlyList<string> references)
    {
        var words = MeteorWord.All(hypothesis);
        return references.Select(reference => Statistics(words, MeteorWord.All(reference))).MaxBy(Score)!;
    }

    private static MeteorStatistics Statistics(MeteorWord[] hypothesis, MeteorWord[] reference)
    {
        var (matches, chunks) = MeteorAligner.Align(hypothesis, reference);
        return new MeteorStatistics
        {
            HypothesisWeight = hypothesis.Sum(Weight),
            ReferenceWeight = reference.Sum(Weight),
            HypothesisMatched = matches.Sum(match => Weight(hypothesis[match.Hypothesis]) * Credit(match.Kind)),
            ReferenceMatched = matches.Sum(match => Weight(reference[match.Reference]) * Credit(match.Kind)),
            Matches = matches.Count,
            // A text equal to its reference is not fragmented.
            Chunks = chunks == 1 && matches.Count == hypothesis.Length && matches.Count == reference.Length ? 0 : chunks,
        };
    }

    private static double Weight(MeteorWord word) => word.IsFunction ? 1 - Delta : Delta;

    private static double Credit(MeteorMatchKind kind) => kind switch
    {
        MeteorMatchKind.Exact => 1,
        MeteorMatchKind.Stem => 0.6,
        _ => 0.8,
    };

    private static double Score(MeteorStatistics sums)
    {
        if (sums.Matches == 0)
            return 0;
        var (precision, recall) = (sums.HypothesisMatched / sums.HypothesisWeight, sums.ReferenceMatched / sums.ReferenceWeight);
        var mean = 1 / ((1 - Alpha) / precision + Alpha / recall);
        return mean * (1 - Gamma * Math.Pow(sums.Chunks / (double)sums.Matches, Beta));
    }
}
