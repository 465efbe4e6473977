using SafeTune.Batching;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Additive attention masks: 0 where a token may look, the most negative number of the dtype elsewhere.</summary>
internal static class Masks
{
    /// <summary>[batch, 1, 1, seq]: nobody sees the padding.</summary>
    public static Tensor Padding(TextBatch batch, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var hidden = batch.AttentionMask.eq(Kept(0)).view(batch.Size, 1, 1, batch.AttentionMask.shape[1]);
        return zeros(hidden.shape, dtype, hidden.device).masked_fill_(hidden, Kept(Lowest(dtype))).MoveToOuterDisposeScope();
    }

    /// <summary>The mask of a model that reads from left to right: <see cref="Padding"/> alone where the attention knows the order by itself, else one for every query.</summary>
    public static (Tensor Mask, bool IsCausal) Causal(TextBatch batch, Transformer model)
    {
        var dtype = model.Dtype;
        return Attention.KnowsOrder(model.Kernels, batch.AttentionMask.device, dtype) ? (Padding(batch, dtype), true) : (Causal(batch, dtype), false);
    }

    /// <summary>[batch, 1, seq, past + seq]: nobody sees the padding, nor what comes later. The past is what <see cref="TextBatch.AttentionMask"/> has before the batch's own tokens.</summary>
    private static Tensor Causal(TextBatch batch, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (queries, keys) = (batch.Length, batch.AttentionMask.shape[1]);
        var device = batch.AttentionMask.device;
        var padding = batch.AttentionMask.eq(Kept(0)).view(batch.Size, 1, 1, keys);
        var later = ones([queries, keys], ScalarType.Bool, device).triu_(keys - queries + 1);
        var hidden = padding.logical_or(later.view(1, 1, queries, keys));
        return zeros(hidden.shape, dtype, device).masked_fill_(hidden, Kept(Lowest(dtype))).MoveToOuterDisposeScope();
    }

    // float32's most negative number is infinite in the narrower types, and a row of nothing but infinities has no softmax.
    private static double Lowest(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => -3.3895313892515355e38,
        ScalarType.Float16 => -65504,
        _ => float.MinValue,
    };
}
