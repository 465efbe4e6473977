using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>One item as mteval sees it: the words of a hypothesis and of its references.</summary>
internal sealed record MtevalSegment(string[] Hypothesis, IReadOnlyList<string[]> References);

/// <summary>Words of a text by the basic tokenisation of <c>mteval-v13a.pl</c>.</summary>
internal static partial class Mteval
{
    public static MtevalSegment Segment(string hypothesis, IReadOnlyList<string> references, MtevalVariant variant) =>
        new(Tokenize(hypothesis, variant), [.. references.Select(reference => Tokenize(reference, variant))]);

    /// <summary>The words, folded to lower case.</summary>
    public static string[] Tokenize(string text, MtevalVariant variant)
    {
        var plain = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        var spaced = Punctuation().Replace($" {plain} ", " $1 ");
        spaced = MarkAfterOther().Replace(spaced, "$1 $2 ");
        spaced = MarkBeforeOther().Replace(spaced, " $1 $2");
        spaced = Words.SingleSpaced(DashAfterDigit().Replace(spaced, "$1 $2 "));
        // The script folds ASCII only. An empty text is one empty word in Python, and none in Perl.
        if (variant == MtevalVariant.Pymteval)
            return [.. spaced.Split(' ').Select(Words.Lower)];
        return spaced.Length == 0 ? [] : string.Create(spaced.Length, spaced, (folded, source) => Fold(source, folded)).Split(' ');
    }

    private static void Fold(string source, Span<char> folded)
    {
        for (var i = 0; i < folded.Length; i++)
            folded[i] = char.IsAsciiLetterUpper(source[i]) ? (char)(source[i] | 0x20) : source[i];
    }

    [GeneratedRegex(@"([{-~\[-` -&(-+:-@/])", RegexOptions.CultureInvariant)]
    private static partial Regex Punctuation();

    [GeneratedRegex("([^0-9])([.,])", RegexOptions.CultureInvariant)]
    private static partial Regex MarkAfterOther();

    [GeneratedRegex("([.,])([^0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex MarkBeforeOther();

    [GeneratedRegex("([0-9])(-)", RegexOptions.CultureInvariant)]
    private static partial Regex DashAfterDigit();
}
