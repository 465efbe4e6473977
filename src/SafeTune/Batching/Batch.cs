using SafeTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>How large a batch is.</summary>
/// <param name="Size">Examples.</param>
/// <param name="Length">Tokens in a row of text, padding included; 0 for images.</param>
/// <param name="Height">Rows of an image's pixels; 0 for text.</param>
/// <param name="Width">Columns of an image's pixels.</param>
public readonly record struct InputShape(long Size, long Length, long Height = 0, long Width = 0);

/// <summary>Examples as tensors.</summary>
/// <param name="Labels">
/// Null when there are none. [batch] of classes (int64) or scores (float32); [batch, 2] of the first and last token of an answer; [batch, seq] of tokens, -100 where none is to be predicted.
/// </param>
public abstract record Batch(Tensor? Labels) : IDisposable
{
    /// <summary>How large it is.</summary>
    public abstract InputShape Shape { get; }

    /// <summary>Number of examples.</summary>
    public long Size => Shape.Size;

    /// <summary>[batch, seq], int64: 1 for tokens, 0 under padding; null = there is no padding.</summary>
    public abstract Tensor? Tokens { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the tensors.</summary>
    protected virtual void Dispose(bool disposing) => Labels?.Dispose();
}

/// <summary>Texts as tensors, padded to the longest of them.</summary>
/// <param name="InputIds">[batch, seq], int64.</param>
/// <param name="AttentionMask">[batch, seq], int64: 1 for tokens, 0 under padding. In generation it covers the tokens before these too, [batch, past + seq].</param>
/// <param name="TokenTypes">[batch, seq], int64: 0 for the first text, 1 for the second.</param>
/// <param name="Labels">As in <see cref="Batch"/>.</param>
public sealed record TextBatch(Tensor InputIds, Tensor AttentionMask, Tensor TokenTypes, Tensor? Labels) : Batch(Labels)
{
    /// <summary>[batch, seq], int64: each token's position; null = 0, 1, 2, … in every row. Padding on the left needs it.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>Tokens in a row, padding included.</summary>
    public long Length => InputIds.shape[1];

    /// <inheritdoc/>
    public override InputShape Shape => new(InputIds.shape[0], InputIds.shape[1]);

    /// <inheritdoc/>
    public override Tensor? Tokens => AttentionMask;

    /// <summary>Pads on the right and stacks.</summary>
    /// <param name="rows">Encoded examples with their labels; NaN = no label, for all or for none.</param>
    /// <param name="padId">The padding token.</param>
    /// <param name="isRegression">Whether labels are scores.</param>
    /// <param name="device">Where the tensors go; null = the CPU.</param>
    public static TextBatch Of(IReadOnlyList<(Encoding Encoding, double Label)> rows, int padId, bool isRegression, Device? device = null)
    {
        var length = rows.Max(row => row.Encoding.Length);
        var (ids, mask, types) = (new long[rows.Count * length], new long[rows.Count * length], new long[rows.Count * length]);
        Array.Fill(ids, padId);
        for (var i = 0; i < rows.Count; i++)
        {
            var encoding = rows[i].Encoding;
            for (var j = 0; j < encoding.Length; j++)
                (ids[(i * length) + j], mask[(i * length) + j], types[(i * length) + j]) = (encoding.Ids[j], 1, encoding.Types[j]);
        }

        long[] shape = [rows.Count, length];
        var labels = double.IsNaN(rows[0].Label) ? null
            : isRegression ? tensor(rows.Select(row => (float)row.Label).ToArray(), ScalarType.Float32, device)
            : tensor(rows.Select(row => (long)row.Label).ToArray(), ScalarType.Int64, device);
        return new TextBatch(
            tensor(ids, shape, ScalarType.Int64, device), tensor(mask, shape, ScalarType.Int64, device), tensor(types, shape, ScalarType.Int64, device), labels);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        InputIds.Dispose();
        AttentionMask.Dispose();
        TokenTypes.Dispose();
        Positions?.Dispose();
    }
}

/// <summary>Images as tensors.</summary>
/// <param name="Pixels">[batch, channels, height, width], float32, normalised as the model wants.</param>
/// <param name="Labels">As in <see cref="Batch"/>.</param>
public sealed record ImageBatch(Tensor Pixels, Tensor? Labels) : Batch(Labels)
{
    /// <inheritdoc/>
    public override InputShape Shape => new(Pixels.shape[0], 0, Pixels.shape[2], Pixels.shape[3]);

    /// <inheritdoc/>
    public override Tensor? Tokens => null;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Pixels.Dispose();
    }
}
