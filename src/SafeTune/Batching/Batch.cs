using SafeTune.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Examples as tensors, padded on the right to the longest of them.</summary>
/// <param name="InputIds">[batch, seq], int64.</param>
/// <param name="AttentionMask">[batch, seq], int64: 1 for tokens, 0 under padding.</param>
/// <param name="TokenTypes">[batch, seq], int64: 0 for the first text, 1 for the second.</param>
/// <param name="Labels">[batch]: class indices (int64) or scores (float32); null when there are none.</param>
public sealed record Batch(Tensor InputIds, Tensor AttentionMask, Tensor TokenTypes, Tensor? Labels) : IDisposable
{
    /// <summary>Number of examples.</summary>
    public long Size => InputIds.shape[0];

    /// <summary>Tokens in a row, padding included.</summary>
    public long Length => InputIds.shape[1];

    /// <summary>Pads and stacks.</summary>
    /// <param name="rows">Encoded examples with their labels; NaN = no label, for all or for none.</param>
    /// <param name="padId">The padding token.</param>
    /// <param name="isRegression">Whether labels are scores.</param>
    /// <param name="device">Where the tensors go; null = the CPU.</param>
    public static Batch Of(IReadOnlyList<(Encoding Encoding, double Label)> rows, int padId, bool isRegression, Device? device = null)
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
        return new Batch(
            tensor(ids, shape, ScalarType.Int64, device), tensor(mask, shape, ScalarType.Int64, device), tensor(types, shape, ScalarType.Int64, device), labels);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        InputIds.Dispose();
        AttentionMask.Dispose();
        TokenTypes.Dispose();
        Labels?.Dispose();
    }
}
