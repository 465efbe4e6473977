namespace SafeTune.Metrics.Text;

/// <summary>Scores of generated text, as <c>measure_scores.py</c> of e2e-metrics (tuetschek/e2e-metrics) prints them; none is a percentage.</summary>
/// <param name="Bleu">BLEU with 4-grams, 0 to 1.</param>
/// <param name="Nist">NIST with 5-grams, bits, from 0 on.</param>
/// <param name="Meteor">METEOR 1.5, 0 to 1.</param>
/// <param name="RougeL">ROUGE-L, 0 to 1.</param>
/// <param name="Cider">CIDEr-D, 0 to 10.</param>
/// <param name="MeteorIsApproximate">Whether METEOR is our own, without the jar's paraphrases; within 0.03 of the jar's on E2E texts.</param>
public sealed record E2eScores(double Bleu, double Nist, double Meteor, double RougeL, double Cider, bool MeteorIsApproximate);

/// <summary>How generated text is scored.</summary>
public sealed record E2eOptions
{
    /// <summary>Which implementation of BLEU and NIST is followed.</summary>
    public MtevalVariant Variant { get; init; } = MtevalVariant.Pymteval;

    /// <summary>The path of <c>meteor-1.5.jar</c>, run by java; null for our own METEOR. Default: the environment variable METEOR_JAR.</summary>
    public string? MeteorJar { get; init; } = Environment.GetEnvironmentVariable("METEOR_JAR") is { Length: > 0 } path ? path : null;
}

/// <summary>Metrics of generated text against one or more references an item.</summary>
public static class TextMetrics
{
    /// <summary>All five metrics of the E2E challenge.</summary>
    /// <param name="hypotheses">One text an item; it may be empty.</param>
    /// <param name="references">One or more texts an item, in the same order.</param>
    /// <param name="options">Null for the defaults, with which LoRA's numbers were made.</param>
    /// <exception cref="ArgumentException">No items, two lists of different lengths, or an item without reference.</exception>
    public static E2eScores E2e(IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, E2eOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(hypotheses);
        ArgumentNullException.ThrowIfNull(references);
        if (hypotheses.Count != references.Count)
            throw new ArgumentException($"{references.Count} items with references, but {hypotheses.Count} hypotheses: a metric compares them one by one.", nameof(hypotheses));
        if (hypotheses.Count == 0)
            throw new ArgumentException("A metric needs at least one item.", nameof(hypotheses));
        if (references.Any(item => item.Count == 0))
            throw new ArgumentException("Every item needs at least one reference.", nameof(references));

        options ??= new E2eOptions();
        MtevalSegment[] segments = [.. hypotheses.Zip(references, (hypothesis, item) => Mteval.Segment(hypothesis, item, options.Variant))];
        (string Hypothesis, IReadOnlyList<string> References)[] items =
            [.. hypotheses.Zip(references, (hypothesis, item) => (PtbTokenizer.Tokenize(hypothesis), (IReadOnlyList<string>)[.. item.Select(PtbTokenizer.Tokenize)]))];
        var jar = options.MeteorJar is { } path ? MeteorJar.Find(path) : null;
        return new E2eScores(
            Bleu.Of(segments, options.Variant),
            Nist.Of(segments, options.Variant),
            jar?.Score(items) ?? Meteor.Of(items),
            RougeL.Of(items),
            Cider.Of(items),
            MeteorIsApproximate: jar is null);
    }
}
