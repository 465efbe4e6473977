namespace SafeTune.Generation;

/// <summary>The rule that no n-gram occurs twice (Paulus et al. 2018, section 2.5).</summary>
internal static class RepeatedNgrams
{
    /// <summary>Tokens that would repeat an n-gram of <paramref name="text"/>.</summary>
    /// <param name="text">Everything so far, prompt and padding included, as transformers counts.</param>
    /// <param name="size">n; 0 = no rule.</param>
    public static IEnumerable<int> After(ReadOnlySpan<int> text, int size)
    {
        List<int> banned = [];
        if (size == 0 || text.Length + 1 < size) return banned;
        var end = text[(text.Length - size + 1)..];
        for (var start = 0; start + size <= text.Length; start++)
            if (text.Slice(start, size - 1).SequenceEqual(end)) banned.Add(text[start + size - 1]);
        return banned;
    }
}
