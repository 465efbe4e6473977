using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>Which way a score is better.</summary>
internal static class Metric
{
    private static readonly string[] Errors = ["perplexity", "word_perplexity", "loss"];

    public static bool LessIsBetter(string metric) => Errors.Contains(metric);

    /// <summary>False for the columns of a derived table, which hold a cost.</summary>
    public static bool IsScore(string metric) => metric != DerivedExperiment.Metric;
}
