using System.Collections.Concurrent;

namespace SafeTune.Tokenization;

/// <summary>Byte-pair encoding (Sennrich et al. 2016) over bytes: a word's bytes are merged pair by pair, the pair that was learnt first, first.</summary>
/// <remarks>Remembers the first 50,000 different words. Safe for several threads.</remarks>
internal sealed class BytePairs
{
    private const int CachedWords = 50_000;
    private const int LongestCachedWord = 64;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges;
    private readonly int[] _bytes;
    private int _cached;

    /// <param name="bytes">The token of each byte.</param>
    /// <param name="merges">For a pair of tokens, when it was learnt and what it becomes.</param>
    public BytePairs(int[] bytes, Dictionary<(int Left, int Right), (int Rank, int Merged)> merges) => (_bytes, _merges) = (bytes, merges);

    /// <summary>The tokens of a word.</summary>
    public int[] Tokens(ReadOnlySpan<char> word)
    {
        var cache = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        if (word.Length <= LongestCachedWord && cache.TryGetValue(word, out var tokens))
            return tokens;
        tokens = Merge(word);
        // Counted here, since a concurrent dictionary locks itself to count.
        if (word.Length <= LongestCachedWord && _cached < CachedWords && cache.TryAdd(word, tokens))
            Interlocked.Increment(ref _cached);
        return tokens;
    }

    // A linked list of tokens, and a queue of pairs by rank, then place: n log n even for a word of a megabyte.
    private int[] Merge(ReadOnlySpan<char> word)
    {
        // Half a surrogate pair becomes U+FFFD.
        var utf8 = System.Text.Encoding.UTF8.GetBytes(word.ToString());
        var count = utf8.Length;
        var (tokens, next, previous) = (new int[count], new int[count], new int[count]);
        for (var i = 0; i < count; i++) (tokens[i], next[i], previous[i]) = (_bytes[utf8[i]], i + 1, i - 1);
        PriorityQueue<(int At, int Left, int Right, int Merged), (int Rank, int At)> queue = new();
        for (var i = 0; i + 1 < count; i++) Offer(i);
        while (queue.TryDequeue(out var pair, out _))
        {
            var right = next[pair.At];
            // Pairs that a merge beside them has changed are stale.
            if (tokens[pair.At] != pair.Left || right >= count || tokens[right] != pair.Right) continue;
            tokens[pair.At] = pair.Merged;
            tokens[right] = -1;
            next[pair.At] = next[right];
            if (next[right] < count) previous[next[right]] = pair.At;
            Offer(pair.At);
            if (previous[pair.At] >= 0) Offer(previous[pair.At]);
        }

        List<int> merged = [];
        for (var i = 0; i < count; i = next[i]) merged.Add(tokens[i]);
        return [.. merged];

        void Offer(int at)
        {
            var right = next[at];
            if (right < count && _merges.TryGetValue((tokens[at], tokens[right]), out var merge))
                queue.Enqueue((at, tokens[at], tokens[right], merge.Merged), (merge.Rank, at));
        }
    }
}
