using System.Text;
using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>
/// Words of English texts by the conventions of the Penn Treebank, as pycocoevalcap gets them from Stanford's PTBTokenizer: contractions cut in
/// two, brackets spelled -lrb-, the pound sign #, British spellings American, everything lower case, and a fixed list of punctuation left out.
/// </summary>
public static class PtbTokenizer
{
    // pycocoevalcap's list also has -LRB- and the other brackets in capitals: they never equal a word, since words are lower case by then.
    private static readonly HashSet<string> Dropped = new(StringComparer.Ordinal) { "''", "'", "\"", ".", "?", "!", ",", ":", "-", "--", "...", ";" };

    /// <summary>The words of a text, separated by single spaces; empty when only punctuation is left.</summary>
    /// <param name="text">Any text; line breaks count as spaces.</param>
    public static string Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Join(' ', PtbGrammar.Token().Matches(StraightQuotes(text)).Select(Spell).Where(word => word.Length > 0 && !Dropped.Contains(word)));
    }

    // Quotes that stand alone are dropped, whether left or right; apostrophes within words become straight.
    private static string StraightQuotes(string text)
    {
        var plain = new StringBuilder(text).Replace("&apos;", "'").Replace("&quot;", "\"").Replace("&nbsp;", " ");
        foreach (var apostrophe in "\u2019\u00b4\u0092\u2018\u201a\u201b\u0091\u0082\u2039\u203a`")
            plain.Replace(apostrophe, '\'');
        foreach (var quote in "\u201c\u201d\u201e\u201f\u0093\u0094\u0084\u00ab\u00bb")
            plain.Replace(quote, '"');
        return plain.ToString();
    }

    private static string Spell(Match match)
    {
        var token = match.Value.Replace("\u00ad", "", StringComparison.Ordinal);
        if (match.Groups["symbol"].Success)
            token = Symbol(token);
        else if (match.Groups["word"].Success)
            token = Spelling.American(token);
        else
            token = token.Replace("(", "-lrb-", StringComparison.Ordinal).Replace(")", "-rrb-", StringComparison.Ordinal);
        // A space inside a token, as in 1 1/2, is kept as one that does not break.
        return Words.Lower(token).Replace(' ', '\u00a0');
    }

    private static string Symbol(string symbol) => symbol switch
    {
        "(" => "-lrb-",
        ")" => "-rrb-",
        "[" => "-lsb-",
        "]" => "-rsb-",
        "{" => "-lcb-",
        "}" => "-rcb-",
        "£" => "#",
        "¢" => "cents",
        "€" or "¤" or "₠" or "\u0080" => "$",
        "¼" => "1/4",
        "½" => "1/2",
        "¾" => "3/4",
        "⅓" => "1/3",
        "⅔" => "2/3",
        "…" or "\u0085" => "...",
        "---" or "----" or "\u0096" or "\u0097" or "\u2013" or "\u2014" or "\u2015" or "&mdash;" or "&ndash;" => "--",
        "&lt;" => "<",
        "&gt;" => ">",
        "&amp;" => "&",
        _ when symbol.Length > 2 && symbol[0] == '.' => "...",
        _ => symbol,
    };
}
