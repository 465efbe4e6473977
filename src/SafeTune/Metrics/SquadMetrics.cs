using System.Text.RegularExpressions;

namespace SafeTune.Metrics;

/// <summary>Exact match and F1 of answers, as SQuAD v1.1's official script computes them.</summary>
public static partial class SquadMetrics
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Both scores, as fractions: of every question the best over its acceptable answers, averaged.</summary>
    /// <param name="predictions">One answer a question.</param>
    /// <param name="references">The acceptable answers of each, in the same order.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, or a question has no acceptable answer.</exception>
    public static (double ExactMatch, double F1) Of(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        Pairs.Check<object>(references, predictions);
        if (references.Any(answers => answers.Count == 0)) throw new ArgumentException("A question has no acceptable answer.", nameof(references));
        double Mean(Func<string, string, double> score) => predictions.Zip(references, (predicted, answers) => answers.Max(answer => score(predicted, answer))).Average();
        return (Mean((predicted, answer) => Normalise(predicted) == Normalise(answer) ? 1 : 0), Mean(F1));
    }

    /// <summary>Lower case, without punctuation and articles, blanks made one.</summary>
    internal static string Normalise(string text)
    {
        var plain = string.Concat(text.ToLowerInvariant().Where(letter => !Punctuation.Contains(letter, StringComparison.Ordinal)));
        return string.Join(' ', Words(Articles().Replace(plain, " ")));
    }

    // Of words, each counted as often as it stands in both.
    private static double F1(string predicted, string answer)
    {
        string[] a = Words(Normalise(predicted)), b = Words(Normalise(answer));
        var counts = b.CountBy(word => word).ToDictionary();
        var common = a.CountBy(word => word).Sum(entry => Math.Min(entry.Value, counts.GetValueOrDefault(entry.Key)));
        if (common == 0) return 0;
        var (precision, recall) = ((double)common / a.Length, (double)common / b.Length);
        return 2 * precision * recall / (precision + recall);
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Articles();
}
