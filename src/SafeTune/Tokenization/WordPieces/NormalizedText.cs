using System.Globalization;
using System.Text;

namespace SafeTune.Tokenization;

/// <summary>
/// What BERT's normalisation makes of a text: control characters gone, white space as blanks, blanks around Chinese characters,
/// accents stripped, lower case. Every UTF-16 unit knows the code point of the original text that it comes from.
/// </summary>
/// <remarks>
/// As the fast tokenizer of Hugging Face does it (which made the golden files), one code point at a time: a capital sigma becomes σ
/// even at the end of a word, where Python's <c>str.lower</c> has ς, and unassigned code points stay.
/// </remarks>
internal sealed class NormalizedText(bool lowerCase, bool stripAccents, bool spaceChinese)
{
    private char[] _chars = new char[256];
    private int[] _sources = new int[256];
    private int _length;

    /// <summary>The normalised text.</summary>
    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, _length);

    /// <summary>For every unit of <see cref="Chars"/> the index of its code point in the original text.</summary>
    public ReadOnlySpan<int> Sources => _sources.AsSpan(0, _length);

    /// <summary>Replaces the content.</summary>
    /// <param name="text">The original text, or a part of it.</param>
    /// <param name="firstCodePoint">The index of the part's first code point in the whole.</param>
    /// <returns>The number of code points in <paramref name="text"/>.</returns>
    public int Set(ReadOnlySpan<char> text, int firstCodePoint)
    {
        _length = 0;
        var source = firstCodePoint;
        while (!text.IsEmpty)
        {
            if (text[0] < 0x80)
            {
                AddAscii(text[0], source);
                text = text[1..];
            }
            else if (Rune.DecodeFromUtf16(text, out var rune, out var units) == System.Buffers.OperationStatus.Done)
            {
                Add(rune, source);
                text = text[units..];
            }
            else
            {
                // Half a surrogate pair stands for nothing: dropped, as control characters are.
                text = text[1..];
            }

            source++;
        }

        return source - firstCodePoint;
    }

    private void AddAscii(char c, int source)
    {
        if (c is ' ' or '\t' or '\n' or '\r')
            Append(' ', source);
        else if (c is > ' ' and < '\x7f')
            Append(lowerCase && char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c, source);
    }

    private void Add(Rune rune, int source)
    {
        var category = Rune.GetUnicodeCategory(rune);
        if (rune.Value == 0xFFFD || category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse)
            return;
        if (Rune.IsWhiteSpace(rune))
        {
            Append(' ', source);
            return;
        }

        var chinese = spaceChinese && IsChinese(rune.Value);
        if (chinese)
            Append(' ', source);
        if (stripAccents)
        {
            Span<int> parts = stackalloc int[Decomposition.Longest];
            foreach (var part in parts[..Decomposition.Of(rune.Value, parts)])
            {
                if (CharUnicodeInfo.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark)
                    AddCased(new Rune(part), source);
            }
        }
        else
        {
            AddCased(rune, source);
        }

        if (chinese)
            Append(' ', source);
    }

    private void AddCased(Rune rune, int source)
    {
        if (lowerCase && rune.Value == 0x130)
        {
            // The only character whose lower case is longer: İ is i with a dot above.
            Append('i', source);
            Append('\u0307', source);
            return;
        }

        Span<char> units = stackalloc char[2];
        var count = (lowerCase ? Rune.ToLowerInvariant(rune) : rune).EncodeToUtf16(units);
        foreach (var unit in units[..count])
            Append(unit, source);
    }

    private void Append(char unit, int source)
    {
        if (_length == _chars.Length)
        {
            Array.Resize(ref _chars, 2 * _length);
            Array.Resize(ref _sources, 2 * _length);
        }

        _chars[_length] = unit;
        _sources[_length++] = source;
    }

    /// <summary>The CJK blocks that BERT treats as one word a character (not kana, not hangul).</summary>
    private static bool IsChinese(int c) => c is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
