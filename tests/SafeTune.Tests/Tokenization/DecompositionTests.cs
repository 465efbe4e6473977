using System.Globalization;
using System.Text;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

public sealed class DecompositionTests
{
    [Fact]
    public void The_table_agrees_with_the_runtimes_own_normalisation_where_there_is_one()
    {
        // Without ICU the runtime returns its input: then there is nothing to compare with, which is why the table exists.
        if ("é".Normalize(NormalizationForm.FormD).Length == 1)
            return;
        for (var codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
        {
            // Unicode 14 ends where its assigned code points do: later ones decompose in newer runtimes only.
            if (codePoint is >= 0xD800 and < 0xE000 || CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.OtherNotAssigned || IsLater(codePoint))
                continue;
            var text = char.ConvertFromUtf32(codePoint);
            var expected = string.Concat(text.Normalize(NormalizationForm.FormD).EnumerateRunes().Where(rune => !IsMark(rune)));
            Assert.True(expected == Stripped(codePoint), $"U+{codePoint:X4}: expected '{expected}', found '{Stripped(codePoint)}'");
        }
    }

    [Theory]
    [InlineData("\u00E9", "e")]
    [InlineData("\u01D6", "u")]
    [InlineData("\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("\u2126", "\u03A9")]
    public void Accents_go_and_letters_stay(string character, string expected) => Assert.Equal(expected, Stripped(char.ConvertToUtf32(character, 0)));

    private static string Stripped(int codePoint)
    {
        var parts = new int[Decomposition.Longest];
        return string.Concat(parts.Take(Decomposition.Of(codePoint, parts)).Select(part => new Rune(part)).Where(rune => !IsMark(rune)));
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark;

    /// <summary>Kirat Rai, Tulu-Tigalari, Gurung Khema: scripts of Unicode 16 with decompositions.</summary>
    private static bool IsLater(int codePoint) => codePoint is (>= 0x11380 and <= 0x113FF) or (>= 0x16100 and <= 0x1613F) or (>= 0x16D40 and <= 0x16D7F);
}
