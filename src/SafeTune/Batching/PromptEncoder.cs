using SafeTune.Data;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Prompts with their completions, for a language model: only the completion's tokens, and the end of the text after it, are learnt.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxLength">Tokens kept of an example; what is too long loses its end. Of a long passage, tokens in a window.</param>
/// <param name="stride">Tokens that neighbouring windows of a passage share: the context of the first one that a window predicts.</param>
public sealed class PromptEncoder(Tokenizer tokenizer, int maxLength, int stride) : ExampleEncoder
{
    /// <summary>The token that ends a text; empty without one.</summary>
    internal IReadOnlyList<int> EndIds => tokenizer.EndId is { } id ? [id] : [];

    /// <summary>The text of generated tokens, without special ones.</summary>
    public string Decode(IReadOnlyList<int> ids) => tokenizer.Decode(ids, skipSpecial: true);

    /// <inheritdoc/>
    public override IEnumerable<EncodedExample> Parts(Example example) => example is PassageExample passage ? Windows(passage) : [Encode(example)];

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example)
    {
        if (example is ReferencedPromptExample { Prompt: var given })
        {
            int[] read = tokenizer.Encode(given).Ids;
            return new Encoded(read, [.. read.Select(_ => TextBatch.Ignored)]);
        }

        if (example is not PromptExample prompt) throw Unreadable(example, "prompts with completions");
        // Both are encoded as one text, so that the tokens are those of the whole; one that reaches over the border is learnt.
        var whole = tokenizer.Encode(prompt.Prompt + prompt.Completion);
        var border = prompt.Prompt.EnumerateRunes().Count();
        int[] end = tokenizer.EndId is { } id ? [id] : [];
        int[] ids = [.. whole.Ids, .. end];
        int[] labels = [.. whole.Ids.Select((token, i) => whole.Offsets[i].End > border ? token : TextBatch.Ignored), .. end];
        return new Encoded(ids[..Math.Min(ids.Length, maxLength)], labels[..Math.Min(ids.Length, maxLength)]);
    }

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        Encoded[] rows = [.. examples.Cast<Encoded>()];
        var labels = TextBatch.Padded([.. rows.Select(row => row.Labels)], rows.Max(row => row.Length), TextBatch.Ignored, device);
        return TextBatch.Of([.. rows.Select(row => row.Ids)], types: null, tokenizer.PadId, labels, device);
    }

    // Every token of the passage but the first is predicted once, with at least `stride` tokens before it.
    private IEnumerable<EncodedExample> Windows(PassageExample passage)
    {
        if (stride >= maxLength) throw new UsageException($"Windows of {maxLength} tokens that share {stride} make no progress; choose a larger maximum length or a smaller stride.");
        int[] ids = [.. tokenizer.BeginId is { } begin ? [begin] : Array.Empty<int>(), .. tokenizer.EncodePlain(passage.Text).Ids];
        for (int start = 0, done = 0; done < ids.Length; start += maxLength - stride)
        {
            var end = Math.Min(start + maxLength, ids.Length);
            var fresh = done - start;
            int[] window = ids[start..end];
            yield return new Encoded(window, [.. window.Select((token, i) => i < fresh ? TextBatch.Ignored : token)]);
            done = end;
        }
    }

    internal sealed record Encoded(int[] Ids, int[] Labels) : EncodedExample(Ids.Length);
}
