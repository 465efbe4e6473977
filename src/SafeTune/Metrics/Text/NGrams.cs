namespace SafeTune.Metrics.Text;

/// <summary>Counts of word sequences. An n-gram is its words joined by single spaces, which no word contains.</summary>
internal static class NGrams
{
    /// <summary>All n-grams of a sentence in order, repeated ones too.</summary>
    public static IEnumerable<string> Of(string[] words, int n) =>
        Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(start => string.Join(' ', words, start, n));

    /// <summary>How often each n-gram occurs.</summary>
    public static Dictionary<string, int> Count(string[] words, int n)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (var ngram in Of(words, n))
            counts[ngram] = counts.GetValueOrDefault(ngram) + 1;
        return counts;
    }

    /// <summary>The n-grams of a hypothesis that a reference has too, each at most as often as in the one reference that has it most.</summary>
    public static IEnumerable<(string NGram, int Hits)> Hits(string[] hypothesis, IReadOnlyList<string[]> references, int n)
    {
        Dictionary<string, int> most = new(StringComparer.Ordinal);
        foreach (var (ngram, count) in references.SelectMany(reference => Count(reference, n)))
            most[ngram] = Math.Max(most.GetValueOrDefault(ngram), count);
        foreach (var (ngram, count) in Count(hypothesis, n))
        {
            if (most.TryGetValue(ngram, out var allowed))
                yield return (ngram, Math.Min(count, allowed));
        }
    }
}
