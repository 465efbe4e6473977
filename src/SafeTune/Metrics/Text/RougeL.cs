namespace SafeTune.Metrics.Text;

/// <summary>
/// ROUGE-L (Lin, 2004) as pycocoevalcap computes it, from 0 to 1: beta 1.2, the best precision and the best recall of all references taken
/// independently, the mean over the items.
/// </summary>
internal static class RougeL
{
    private const double BetaSquared = 1.2 * 1.2;

    /// <param name="items">Hypotheses and references as <see cref="PtbTokenizer"/> leaves them, words separated by a space.</param>
    public static double Of(IReadOnlyList<(string Hypothesis, IReadOnlyList<string> References)> items) =>
        items.Average(item => Item(item.Hypothesis.Split(' '), item.References));

    private static double Item(string[] hypothesis, IReadOnlyList<string> references)
    {
        var (precision, recall) = (0.0, 0.0);
        foreach (var reference in references.Select(reference => reference.Split(' ')))
        {
            double common = LongestCommonSubsequence(hypothesis, reference);
            precision = Math.Max(precision, common / hypothesis.Length);
            recall = Math.Max(recall, common / reference.Length);
        }

        return precision == 0 ? 0 : (1 + BetaSquared) * precision * recall / (recall + BetaSquared * precision);
    }

    private static int LongestCommonSubsequence(string[] first, string[] second)
    {
        // Row i of the table: the lengths for the first i words of one and every prefix of the other.
        var (row, above) = (new int[second.Length + 1], new int[second.Length + 1]);
        foreach (var word in first)
        {
            (row, above) = (above, row);
            for (var j = 1; j <= second.Length; j++)
                row[j] = word == second[j - 1] ? above[j - 1] + 1 : Math.Max(above[j], row[j - 1]);
        }

        return row[^1];
    }
}
