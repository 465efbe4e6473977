using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>How large a batch is.</summary>
/// <param name="Size">Examples.</param>
/// <param name="Length">Tokens in a row of text, padding included; 0 for images.</param>
/// <param name="Height">Rows of an image's pixels; 0 for text.</param>
/// <param name="Width">Columns of an image's pixels.</param>
/// <param name="Masked">Masked tokens that are to be predicted; 0 = there are none.</param>
public readonly record struct InputShape(long Size, long Length, long Height = 0, long Width = 0, long Masked = 0);

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

    /// <summary>Which rows of its data the batch is made of; null where it is unknown, or where what is made of a row is drawn anew each time.</summary>
    public IReadOnlyList<int>? Rows { get; init; }

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
    /// <summary>The label of a token that is not to be predicted: what torch's cross-entropy leaves out.</summary>
    internal const int Ignored = -100;

    /// <summary>[batch, seq], int64: each token's position; null = 0, 1, 2, … in every row. Padding on the left needs it.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>[masked], int64: the places of the masked tokens in the rows laid end to end; null where nothing is masked.</summary>
    public Tensor? Masked { get; init; }

    /// <summary>[batch], int64: 1 where the second text follows the first, 0 where it is of another document, -100 where there is none; null = nobody asks.</summary>
    public Tensor? Follows { get; init; }

    /// <summary>Tokens in a row, padding included.</summary>
    public long Length => InputIds.shape[1];

    /// <summary>Each token's position, [1 or batch, seq]: <see cref="Positions"/>, or counted on from the tokens before these. The caller disposes it.</summary>
    public Tensor Order()
    {
        if (Positions is { } given) return given.alias();
        var past = AttentionMask.shape[1] - Length;
        using var order = Range(past, past + Length, InputIds.device);
        return order.unsqueeze(0);
    }

    /// <inheritdoc/>
    public override InputShape Shape => new(InputIds.shape[0], InputIds.shape[1], Masked: Masked?.shape[0] ?? 0);

    /// <inheritdoc/>
    public override Tensor? Tokens => AttentionMask;

    /// <summary>Pads on the right and stacks.</summary>
    /// <param name="ids">Tokens of each row.</param>
    /// <param name="types">Segments of each row; null = all 0.</param>
    /// <param name="padId">The padding token.</param>
    /// <param name="labels">As in <see cref="Batch"/>; the batch's from now on.</param>
    /// <param name="device">Where the tensors go; null = the CPU.</param>
    public static TextBatch Of(IReadOnlyList<int[]> ids, IReadOnlyList<int[]>? types, int padId, Tensor? labels, Device? device = null)
    {
        var length = ids.Max(row => row.Length);
        return new TextBatch(
            Padded(ids, length, padId, device),
            Padded([.. ids.Select(row => Enumerable.Repeat(1, row.Length).ToArray())], length, 0, device),
            Padded(types ?? [.. ids.Select(_ => Array.Empty<int>())], length, 0, device),
            labels);
    }

    /// <summary>Rows of numbers as [rows, length], int64, filled up on the right.</summary>
    internal static Tensor Padded(IReadOnlyList<int[]> rows, int length, int filler, Device? device)
    {
        var values = new long[rows.Count * length];
        Array.Fill(values, filler);
        for (var i = 0; i < rows.Count; i++)
        {
            for (var j = 0; j < rows[i].Length; j++) values[(i * length) + j] = rows[i][j];
        }

        return tensor(values, [rows.Count, length], ScalarType.Int64, device);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        InputIds.Dispose();
        AttentionMask.Dispose();
        TokenTypes.Dispose();
        Positions?.Dispose();
        Masked?.Dispose();
        Follows?.Dispose();
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
