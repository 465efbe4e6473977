using System.Buffers;
using System.Globalization;
using System.Text;

namespace SafeTune.Tokenization;

/// <summary>A part of a text: an added token, or what lies between two of them.</summary>
internal readonly record struct TextPart(int Start, int End, AddedToken? Token)
{
    /// <summary>Characters of a text as offsets count them; half a surrogate pair is one.</summary>
    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }
}

/// <summary>Finds added tokens in a text: the leftmost first, of those that begin at one place the longest.</summary>
/// <remarks>As AddedVocabulary of Hugging Face's tokenizers, its corner cases included: a match that is no word of its own is passed over whole.</remarks>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, (string Pattern, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<char> _first;

    /// <param name="tokens">What is looked for, and what it stands for. The order counts where two are spelled alike.</param>
    public AddedTokenMatcher(IEnumerable<(string Pattern, AddedToken Token)> tokens)
    {
        _byFirst = tokens.Where(token => token.Pattern.Length > 0).GroupBy(token => token.Pattern[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Pattern.Length).ToArray());
        _first = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>Cuts a text at its added tokens; no part is empty.</summary>
    public List<TextPart> Split(ReadOnlySpan<char> text)
    {
        List<TextPart> parts = [];
        // Where the last part ends, and where the search goes on: blanks after a token are its own, and yet may begin the next.
        var (done, from) = (0, 0);
        while (from < text.Length && text[from..].IndexOfAny(_first) is >= 0 and var offset)
        {
            var at = from + offset;
            var (pattern, token) = Match(text, at);
            if (token is null)
            {
                from = at + 1;
                continue;
            }

            var (start, end) = (at, at + pattern.Length);
            from = end;
            if (token.IsWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..]))) continue;
            if (token.TakesBlanksBefore) start = text[..start].TrimEnd().Length;
            start = Math.Max(start, done);
            if (token.TakesBlanksAfter) end = text.Length - text[end..].TrimStart().Length;
            // The blanks of the token before may have been all there was of this one.
            if (end <= start) continue;
            if (done < start) parts.Add(new TextPart(done, start, null));
            parts.Add(new TextPart(start, end, token));
            done = end;
        }

        if (done < text.Length) parts.Add(new TextPart(done, text.Length, null));
        return parts;
    }

    private (string Pattern, AddedToken? Token) Match(ReadOnlySpan<char> text, int at)
    {
        foreach (var (pattern, token) in _byFirst[text[at]])
            if (text[at..].StartsWith(pattern, StringComparison.Ordinal)) return (pattern, token);
        return ("", null);
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) => Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWordCharacter(rune);

    // \w of Unicode's regular expressions: letters, marks, decimal digits, connectors and joiners.
    private static bool IsWordCharacter(Rune rune) => rune.Value is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9) || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;
}
