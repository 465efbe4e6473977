namespace SafeTune.Metrics.Text;

/// <summary>
/// The two implementations of BLEU and NIST in e2e-metrics; their numbers are not comparable.
/// They differ in smoothing, case folding, empty hypotheses, the bigrams after "0", and NIST's length penalty.
/// </summary>
public enum MtevalVariant
{
    /// <summary><c>measure_scores.py -p</c>, with which LoRA's numbers were made.</summary>
    Pymteval,

    /// <summary><c>mteval-v13a.pl</c>, the default of <c>measure_scores.py</c>.</summary>
    Perl,
}
