using System.Globalization;
using System.Text;

namespace SafeTune.Tokenization;

/// <summary>GPT-2's way to cut a text into words before byte pairs are merged: contractions, letters, numbers, other signs, each with one blank before it, and blanks.</summary>
/// <remarks>The regular expression of Radford et al.'s encoder.py: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</remarks>
internal static class GptWords
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Blank,
        Letter,
        Number,
        Other,
    }

    /// <summary>The length of the first word, in UTF-16 units.</summary>
    /// <param name="text">Not empty.</param>
    public static int First(ReadOnlySpan<char> text)
    {
        foreach (var contraction in Contractions)
            if (text.StartsWith(contraction, StringComparison.Ordinal)) return contraction.Length;

        // A blank belongs to the word after it.
        var start = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var kind = At(text, start, out _);
        if (kind != Kind.Blank) return Run(text, start, kind);
        var end = Run(text, 0, Kind.Blank);
        // All blanks at the end; before a word, all but the last, which is the word's or one of its own.
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int Run(ReadOnlySpan<char> text, int start, Kind kind)
    {
        while (start < text.Length && At(text, start, out var units) == kind) start += units;
        return start;
    }

    private static Kind At(ReadOnlySpan<char> text, int at, out int units)
    {
        var c = text[at];
        units = 1;
        if (char.IsAsciiLetter(c)) return Kind.Letter;
        if (char.IsAsciiDigit(c)) return Kind.Number;
        if (char.IsWhiteSpace(c)) return Kind.Blank;
        if (c < 0x80) return Kind.Other;
        _ = Rune.DecodeFromUtf16(text[at..], out var rune, out units);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
