namespace SafeTune.Tokenization;

/// <summary>A text, or a pair of texts, as a model reads it. The three arrays have one entry a token.</summary>
/// <param name="Ids">Rows of the vocabulary, special tokens included.</param>
/// <param name="Types">0 for the first text, 1 for the second.</param>
/// <param name="Offsets">
/// Where each token stands in its text, as [start, end) in Unicode code points (not UTF-16 units) of the original text;
/// (0, 0) for the special tokens that were added.
/// </param>
public sealed record Encoding(int[] Ids, int[] Types, (int Start, int End)[] Offsets)
{
    /// <summary>Where the second text's tokens are, as [start, end) in the three arrays; empty without one.</summary>
    public (int Start, int End) Pair { get; init; }

    /// <summary>Tokens, special ones included.</summary>
    public int Length => Ids.Length;
}
