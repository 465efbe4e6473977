using SafeTune.Data;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Texts and pairs with one label, for an encoder.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxLength">Tokens kept of an example, special ones included.</param>
/// <param name="isRegression">Whether labels are scores.</param>
public sealed class TextEncoder(Tokenizer tokenizer, int maxLength, bool isRegression) : ExampleEncoder
{
    /// <inheritdoc/>
    public override EncodedExample Encode(Example example) => example is TextExample text
        ? new Encoded(tokenizer.Encode(text.Text, text.Pair, maxLength), text.Label)
        : throw Unreadable(example, "texts");

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        Encoded[] rows = [.. examples.Cast<Encoded>()];
        return TextBatch.Of(
            [.. rows.Select(row => row.Encoding.Ids)], [.. rows.Select(row => row.Encoding.Types)], tokenizer.PadId, Labels(rows.Select(row => row.Label), isRegression, device), device);
    }

    private sealed record Encoded(Encoding Encoding, double Label) : EncodedExample(Encoding.Length);
}
