using System.Collections.Concurrent;

namespace SafeTune.Tokenization;

/// <summary>A part of a word: its id and its length in UTF-16 units.</summary>
internal readonly record struct Piece(int Id, int Length);

/// <summary>Cuts words into pieces of a vocabulary, and remembers the first 50,000 different ones. Safe for several threads.</summary>
internal sealed class WordCutter(Vocabulary vocabulary, int unknownId, int maxWordCodePoints)
{
    private const int CachedWords = 50_000;

    private readonly ConcurrentDictionary<string, Piece[]> _cache = new(StringComparer.Ordinal);
    private int _cached;

    /// <summary>The pieces of a word, which must not be empty.</summary>
    public Piece[] Pieces(ReadOnlySpan<char> word)
    {
        var cache = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        if (cache.TryGetValue(word, out var pieces))
            return pieces;
        pieces = Cut(word);
        // Counted here, since a concurrent dictionary locks itself to count.
        if (_cached < CachedWords && cache.TryAdd(word, pieces))
            Interlocked.Increment(ref _cached);
        return pieces;
    }

    /// <summary>Code points in a text; half a surrogate pair counts as one if it is the first half.</summary>
    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var unit in text)
            count += char.IsLowSurrogate(unit) ? 0 : 1;
        return count;
    }

    /// <summary>Longest match first; a word that cannot be spelled, or is too long, is one [UNK].</summary>
    private Piece[] Cut(ReadOnlySpan<char> word)
    {
        Piece[] unknown = [new(unknownId, word.Length)];
        if (CodePoints(word) > maxWordCodePoints)
            return unknown;
        List<Piece> pieces = [];
        for (var start = 0; start < word.Length;)
        {
            var length = Math.Min(word.Length - start, vocabulary.LongestToken);
            var id = -1;
            for (; length > 0 && (id = vocabulary.Find(word.Slice(start, length), continuation: start > 0)) < 0;)
                length--;
            if (id < 0)
                return unknown;
            pieces.Add(new Piece(id, length));
            start += length;
        }

        return [.. pieces];
    }
}
