namespace SafeTune.Tokenization;

/// <summary>Turns text into a model's tokens and back. Ids, token types and offsets equal those of the fast tokenizers of Hugging Face's transformers. Safe for several threads.</summary>
public abstract class Tokenizer
{
    /// <summary>Tokens in the vocabulary.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>The token that fills batches up. Models without one (GPT-2, LLaMA) take their end token: padding is masked anyway.</summary>
    public abstract int PadId { get; }

    /// <summary>The token that begins a text; null when the vocabulary has none.</summary>
    public abstract int? BeginId { get; }

    /// <summary>The token that ends a text; null when the vocabulary has none.</summary>
    public abstract int? EndId { get; }

    /// <summary>The token of an id, as it stands in the vocabulary; the empty string where the vocabulary has none: models may predict more ids than that.</summary>
    public abstract string Token(int id);

    /// <summary>The id of a token, or null.</summary>
    public abstract int? Find(string token);

    /// <summary>Whether a token marks structure (begin, end, padding, …) rather than text.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>The text of tokens, as transformers' <c>decode</c> gives it without cleaning up.</summary>
    /// <param name="ids">Tokens.</param>
    /// <param name="skipSpecial">Leave out those that <see cref="IsSpecial"/>.</param>
    public abstract string Decode(IReadOnlyList<int> ids, bool skipSpecial = false);

    /// <summary>Encodes a text, or two as a pair, with the special tokens that the model's family puts around them.</summary>
    /// <param name="text">The text. Special tokens spelled out in it, and tokens that a user added, become those tokens, as in transformers.</param>
    /// <param name="pair">The second text, or null.</param>
    /// <param name="maxLength">
    /// At most so many tokens, special ones included. What is too long loses tokens at its end; of a pair the longer text does, until both are equal
    /// (transformers' <c>longest_first</c>).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">maxLength leaves no room for the special tokens.</exception>
    public Encoding Encode(string text, string? pair = null, int maxLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        var added = Specials.Count(pair is not null);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, added);
        var first = Tokenize(text);
        var second = pair is null ? null : Tokenize(pair);
        var (keptFirst, keptSecond) = LongestFirst(first.Count, second?.Count ?? 0, maxLength - added, pair is not null);
        return Assemble(first[..keptFirst], second?[..keptSecond]);
    }

    /// <summary>Encodes a text without adding special tokens: a part of a longer one, such as a prompt.</summary>
    public Encoding EncodePlain(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = Tokenize(text);
        return new Encoding([.. tokens.Select(token => token.Id)], new int[tokens.Count], [.. tokens.Select(token => (token.Start, token.End))]);
    }

    /// <summary>Encodes a long text in overlapping windows; of a pair, such as a question and its passage, every window has all of the first text and a part of the second.</summary>
    /// <param name="text">The first text, or the only one.</param>
    /// <param name="pair">The text that is cut, or null: then the first one is.</param>
    /// <param name="maxLength">Tokens in a window at most, special ones included.</param>
    /// <param name="stride">Tokens that neighbouring windows share.</param>
    /// <remarks>As transformers' <c>return_overflowing_tokens</c> with <c>truncation="only_second"</c> (<c>"only_first"</c> for a single text).</remarks>
    /// <exception cref="UsageException">The first text alone fills a window, or the stride leaves no progress.</exception>
    public IEnumerable<Encoding> Windows(string text, string? pair, int maxLength, int stride)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(stride);
        var first = Tokenize(text);
        var second = pair is null ? null : Tokenize(pair);
        var cut = second ?? first;
        var room = maxLength - Specials.Count(pair is not null) - (second is null ? 0 : first.Count);
        if (cut.Count > room && room <= stride)
            throw new UsageException($"A window of {maxLength} tokens leaves room for {Math.Max(0, room)} of the text that is cut, and neighbours share {stride}; expected more room than that: choose a larger maximum length or a smaller stride.");
        for (var start = 0; ; start += room - stride)
        {
            var part = cut[start..Math.Min(cut.Count, start + room)];
            yield return second is null ? Assemble(part, null) : Assemble(first, part);
            if (start + room >= cut.Count) yield break;
        }
    }

    /// <summary>The tokens of a text, special ones only where they are spelled out in it.</summary>
    private protected abstract List<PlacedToken> Tokenize(string text);

    /// <summary>What the family puts around texts.</summary>
    private protected abstract SpecialTokens Specials { get; }

    /// <summary>How many tokens of each text stay so that both together are at most <paramref name="room"/>.</summary>
    private static (int First, int Second) LongestFirst(int first, int second, int room, bool isPair)
    {
        if (!isPair)
            return (Math.Min(first, room), 0);
        if (first + second <= room)
            return (first, second);
        var shorter = Math.Min(first, second);
        var longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
            (shorter, longer) = (room / 2, room / 2 + room % 2);
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    private Encoding Assemble(List<PlacedToken> first, List<PlacedToken>? second)
    {
        var length = first.Count + (second?.Count ?? 0) + Specials.Count(second is not null);
        var (ids, types, offsets) = (new int[length], new int[length], new (int Start, int End)[length]);
        var at = 0;
        foreach (var id in Specials.Before) ids[at++] = id;
        Copy(first);
        if (second is not null)
        {
            foreach (var id in Specials.Between) ids[at++] = id;
            types.AsSpan(at - Specials.BetweenWithType1, Specials.BetweenWithType1).Fill(1);
            if (Specials.PairHasType1) types.AsSpan(at).Fill(1);
            Copy(second);
        }

        var end = at;
        foreach (var id in Specials.After) ids[at++] = id;
        return new Encoding(ids, types, offsets) { Pair = second is null ? default : (end - second.Count, end) };

        void Copy(List<PlacedToken> tokens)
        {
            foreach (var token in tokens) (ids[at], offsets[at++]) = (token.Id, (token.Start, token.End));
        }
    }
}

/// <summary>A token at its place, in code points of the original text.</summary>
internal readonly record struct PlacedToken(int Id, int Start, int End);

/// <summary>The special tokens that a family puts around texts.</summary>
/// <param name="Before">Before the first text.</param>
/// <param name="Between">Between two texts.</param>
/// <param name="After">After the last one.</param>
/// <param name="PairHasType1">Whether the second text and what follows it have token type 1.</param>
internal sealed record SpecialTokens(int[] Before, int[] Between, int[] After, bool PairHasType1)
{
    public static SpecialTokens None { get; } = new([], [], [], PairHasType1: false);

    /// <summary>How many of the last tokens of <see cref="Between"/> have token type 1.</summary>
    public int BetweenWithType1 { get; init; }

    public int Count(bool isPair) => Before.Length + After.Length + (isPair ? Between.Length : 0);
}
