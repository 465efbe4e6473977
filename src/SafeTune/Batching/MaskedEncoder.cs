using SafeTune.Data;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Texts with some of their tokens masked, for an encoder that learns to fill them in (Devlin et al. 2019, section 3.1 and appendix A.1). The masks are drawn anew in every step.</summary>
public sealed class MaskedEncoder : ExampleEncoder
{
    private const double Share = 0.15;

    private readonly Tokenizer tokenizer;
    private readonly int maxLength, mask;

    /// <summary>An encoder for one model.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="maxLength">Tokens kept of a text, special ones included.</param>
    /// <exception cref="UsageException">The vocabulary has no token that stands for a masked one.</exception>
    public MaskedEncoder(Tokenizer tokenizer, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (this.tokenizer, this.maxLength) = (tokenizer, maxLength);
        mask = tokenizer.Find("[MASK]") ?? tokenizer.Find("<mask>")
            ?? throw new UsageException("The tokenizer has neither a token '[MASK]' nor '<mask>', and masked language modelling needs one; take the tokenizer of a BERT or RoBERTa model.");
    }

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example)
    {
        var (text, pair, follows) = example switch
        {
            PromptExample document => (document.Prompt + document.Completion, null, TextBatch.Ignored),
            TextExample { Pair: { } second } two => (two.Text, second, (int)two.Label),
            TextExample one => (one.Text, null, TextBatch.Ignored),
            _ => throw Unreadable(example, "texts to mask, such as a corpus has"),
        };
        var encoding = tokenizer.Encode(text, pair, maxLength);
        var ids = encoding.Ids;
        int[] places = [.. Enumerable.Range(0, ids.Length).Where(place => !tokenizer.IsSpecial(ids[place]))];
        return places.Length > 0
            ? new Encoded(ids, encoding.Types, places, ids, follows)
            : throw new UsageException($"The text '{text}' has no token that can be masked, only special or unknown ones; remove it.");
    }

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        Encoded[] rows = [.. examples.Cast<Encoded>()];
        var length = rows.Max(row => row.Length);
        var labels = TextBatch.Padded([.. rows.Select(row => row.Labels)], length, TextBatch.Ignored, device);
        long[] places = [.. rows.SelectMany((row, i) => row.Places.Select(place => ((long)i * length) + place))];
        return TextBatch.Of([.. rows.Select(row => row.Ids)], [.. rows.Select(row => row.Types)], tokenizer.PadId, labels, device) with
        {
            Masked = tensor(places, [places.Length], ScalarType.Int64, device),
            Follows = rows.Any(row => row.Follows >= 0) ? tensor(rows.Select(row => (long)row.Follows).ToArray(), [rows.Length], ScalarType.Int64, device) : null,
        };
    }

    /// <inheritdoc/>
    internal override bool Draws => true;

    /// <inheritdoc/>
    internal override EncodedExample Draw(EncodedExample example, SplitMix random)
    {
        var text = (Encoded)example;
        int[] places = [.. text.Places], ids = [.. text.Ids];
        random.Shuffle(places);
        places = [.. places.Take(Math.Max(1, (int)Math.Round(Share * places.Length, MidpointRounding.AwayFromZero))).Order()];
        foreach (var place in places) ids[place] = Shown(ids[place], random);
        int[] labels = [.. Enumerable.Repeat(TextBatch.Ignored, ids.Length)];
        foreach (var place in places) labels[place] = text.Ids[place];
        return text with { Ids = ids, Places = places, Labels = labels };
    }

    // Of ten masked tokens eight become [MASK], one another token, and one stays, so that the model cannot tell which are asked for.
    private int Shown(int token, SplitMix random) => random.Below(10) switch
    {
        < 8 => mask,
        8 => random.Below(tokenizer.VocabularySize),
        _ => token,
    };

    /// <summary>A text, before its masks are drawn or after.</summary>
    /// <param name="Ids">As the model sees it.</param>
    /// <param name="Types">Of each token, whether it is of the first text or the second.</param>
    /// <param name="Places">Tokens that are to be predicted; before, all that may be.</param>
    /// <param name="Labels">The text's own tokens, <see cref="TextBatch.Ignored"/> where none is to be predicted.</param>
    /// <param name="Follows">Whether the second text follows the first; <see cref="TextBatch.Ignored"/> without a second one.</param>
    private sealed record Encoded(int[] Ids, int[] Types, int[] Places, int[] Labels, int Follows) : EncodedExample(Ids.Length);
}
