using SafeTune.Data;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Prompts with their completions, for a language model: only the completion's tokens, and the end of the text after it, are learnt.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxLength">Tokens kept of an example; what is too long loses its end.</param>
public sealed class PromptEncoder(Tokenizer tokenizer, int maxLength) : ExampleEncoder
{
    // What torch's cross-entropy leaves out.
    private const int Ignored = -100;

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example)
    {
        if (example is not PromptExample prompt) throw Unreadable(example, "prompts with completions");
        // Both are encoded as one text, so that the tokens are those of the whole; one that reaches over the border is learnt.
        var whole = tokenizer.Encode(prompt.Prompt + prompt.Completion);
        var border = prompt.Prompt.EnumerateRunes().Count();
        int[] end = tokenizer.EndId is { } id ? [id] : [];
        int[] ids = [.. whole.Ids, .. end];
        int[] labels = [.. whole.Ids.Select((token, i) => whole.Offsets[i].End > border ? token : Ignored), .. end];
        return new Encoded(ids[..Math.Min(ids.Length, maxLength)], labels[..Math.Min(ids.Length, maxLength)]);
    }

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        Encoded[] rows = [.. examples.Cast<Encoded>()];
        var labels = TextBatch.Padded([.. rows.Select(row => row.Labels)], rows.Max(row => row.Length), Ignored, device);
        return TextBatch.Of([.. rows.Select(row => row.Ids)], types: null, tokenizer.PadId, labels, device);
    }

    private sealed record Encoded(int[] Ids, int[] Labels) : EncodedExample(Ids.Length);
}
