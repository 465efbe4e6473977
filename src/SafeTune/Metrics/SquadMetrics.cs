using System.Text.RegularExpressions;
using SafeTune.Metrics.Text;

namespace SafeTune.Metrics;

/// <summary>Scores of answers to questions, in percent, as the official script of SQuAD v1.1 computes them.</summary>
/// <param name="ExactMatch">The share of answers equal to a reference after normalisation.</param>
/// <param name="F1">The mean overlap of words with the best reference.</param>
public sealed record SquadScores(double ExactMatch, double F1);

/// <summary>Exact match and F1 of SQuAD v1.1 (<c>evaluate-v1.1.py</c>, Rajpurkar et al., 2016).</summary>
public static partial class SquadMetrics
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Scores answers, each against the best of its references.</summary>
    /// <param name="predictions">One answer a question.</param>
    /// <param name="references">One or more right answers a question, in the same order.</param>
    /// <exception cref="ArgumentException">No questions, lists of different lengths, or a question without right answer.</exception>
    public static SquadScores Of(IReadOnlyList<string> predictions, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(references);
        if (predictions.Count != references.Count)
            throw new ArgumentException($"{references.Count} questions, but {predictions.Count} answers: a metric compares them one by one.", nameof(predictions));
        if (predictions.Count == 0)
            throw new ArgumentException("A metric needs at least one question.", nameof(predictions));
        if (references.Any(answers => answers.Count == 0))
            throw new ArgumentException("Every question needs at least one right answer.", nameof(references));
        var pairs = predictions.Zip(references, (prediction, answers) => (Prediction: Normalize(prediction), Answers: answers.Select(Normalize).ToArray())).ToArray();
        return new SquadScores(
            100 * pairs.Average(pair => pair.Answers.Contains(pair.Prediction, StringComparer.Ordinal) ? 1.0 : 0),
            100 * pairs.Average(pair => pair.Answers.Max(answer => Overlap(pair.Prediction, answer))));
    }

    /// <summary>Lower case, without ASCII punctuation, articles and superfluous spaces.</summary>
    internal static string Normalize(string answer)
    {
        var letters = string.Concat(Words.Lower(answer).Where(c => !Punctuation.Contains(c, StringComparison.Ordinal)));
        return Words.SingleSpaced(Articles().Replace(letters, " "));
    }

    private static double Overlap(string prediction, string answer)
    {
        var (predicted, right) = (Words.Split(prediction), Words.Split(answer));
        double common = NGrams.Hits(predicted, [right], 1).Sum(hit => hit.Hits);
        // Two empty texts share no word: the official F1 is 0 even where the match is exact.
        return common == 0 ? 0 : 2 * common / (predicted.Length + right.Length);
    }

    [GeneratedRegex(@"\b(a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Articles();
}
