namespace SafeTune.Reproduction.World.Text.Tokenizers;

/// <summary>Counts the words of texts: runs of letters, of digits and of other signs.</summary>
internal static class WordCounts
{
    /// <summary>The words with how often each is there, as GPT-2 cuts them: a blank belongs to the word after it.</summary>
    public static Dictionary<string, int> WithBlanks(IEnumerable<string> texts)
    {
        Dictionary<string, int> counts = [];
        foreach (string text in texts)
        {
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = start + 1;
                if (text[start] == ' ' && end < text.Length) end++;
                while (end < text.Length && KindOf(text[end]) == KindOf(text[end - 1])) end++;
                string word = text[start..end];
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }
        return counts;
    }

    /// <summary>The words alone, in lower case, the most frequent first.</summary>
    public static IEnumerable<string> LowerCase(IEnumerable<string> texts) => WithBlanks(texts)
        .GroupBy(word => word.Key.Trim().ToLowerInvariant(), word => word.Value)
        .Where(word => word.Key.Length > 0 && word.Key.All(char.IsLetterOrDigit))
        .OrderByDescending(word => word.Sum()).ThenBy(word => word.Key, StringComparer.Ordinal)
        .Select(word => word.Key);

    private static int KindOf(char sign) => char.IsWhiteSpace(sign) ? 0 : char.IsAsciiLetter(sign) ? 1 : char.IsAsciiDigit(sign) ? 2 : 3;
}
