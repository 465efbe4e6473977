using SafeTune.Torch;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>Scaled dot-product attention (Vaswani et al. 2017, equation 1): composed as Hugging Face's "eager" models compute it, or fused.</summary>
public sealed class Attention : Component
{
    private readonly Dropout dropout;

    /// <summary>Attention without weights of its own.</summary>
    /// <param name="dropout">Probability, of the attention probabilities.</param>
    public Attention(double dropout) => this.dropout = Register("dropout", new Dropout(dropout));

    /// <summary>softmax(q kᵀ / √d + mask) v with dropout on the probabilities.</summary>
    /// <param name="q">[batch, heads, queries, d].</param>
    /// <param name="k">[batch, key heads, keys, d], as is <paramref name="v"/>; each of its heads serves a group of query heads that lie side by side.</param>
    /// <param name="v">Values.</param>
    /// <param name="mask">Additive, [m, 1 or heads, 1 or queries, keys], where m divides the batch and repeats over it: 0, or the most negative number where nothing is to be seen; null = all is seen.</param>
    /// <param name="causal">A query sees no later key: query i those up to i + keys - queries. For <see cref="KnowsOrder"/> only.</param>
    /// <returns>[batch, heads, queries, d].</returns>
    public Tensor Forward(Tensor q, Tensor k, Tensor v, Tensor? mask, bool causal = false)
    {
        if (IsFused(q, mask)) return FusedOperators.Attend(q, k, v, mask, 1 / Math.Sqrt(q.shape[3]), dropout.Active, causal);
        var groups = q.shape[1] / k.shape[1];
        using var keys = groups == 1 ? k.alias() : k.repeat_interleave(groups, dim: 1);
        using var values = groups == 1 ? v.alias() : v.repeat_interleave(groups, dim: 1);
        return Kernels.FusedAttention && q.device.type == DeviceType.CUDA && (mask is null || mask.shape[0] == 1 || mask.shape[0] == q.shape[0])
            ? functional.scaled_dot_product_attention(q, keys, values, mask, dropout.Active)
            : Composed(q, keys, values, mask);
    }

    /// <summary>Whether a model of this kind needs no causal mask, only <c>causal: true</c>: then nothing grows with queries times keys.</summary>
    internal static bool KnowsOrder(KernelOptions kernels, Device device, ScalarType dtype) => kernels.FusedAttention && FusedOperators.Exist(device, dtype);

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor q, FakeTensor k, FakeTensor v, FakeTensor? mask)
    {
        if (Kernels.FusedAttention && mask is null or { NeedsGradient: false }) return q.Attend(k, v, mask);
        var (batch, heads, queries, size) = (q.Shape[0], q.Shape[1], q.Shape[2], q.Shape[3]);
        var (keys, groups) = (k.Shape[2], heads / k.Shape[1]);
        using var repeatedK = groups == 1 ? null : k.RepeatInterleave(1, groups);
        using var repeatedV = groups == 1 ? null : v.RepeatInterleave(1, groups);
        using var flatQ = q.Reshape(batch * heads, queries, size);
        using var flatK = (repeatedK ?? k).Reshape(batch * heads, keys, size);
        using var flatV = (repeatedV ?? v).Reshape(batch * heads, keys, size);
        using var probabilities = TraceProbabilities(flatQ, flatK, mask, batch, heads);
        using var kept = dropout.Trace(probabilities);
        using var context = kept.Bmm(flatV, size);
        // The gradient comes in Merge's order.
        return batch > 1 ? context.Reordered(batch, heads, queries, size) : context.View(batch, heads, queries, size);
    }

    /// <summary>Traces <see cref="Split(Tensor, long)"/>.</summary>
    public static FakeTensor Split(FakeTensor projected, long heads)
    {
        using var owned = projected;
        using var split = owned.Reordered(owned.Shape[0], owned.Shape[1], heads, owned.Features / heads);
        return split.Transposed(1, 2);
    }

    /// <summary>Traces <see cref="Merge(Tensor)"/>.</summary>
    public static FakeTensor Merge(FakeTensor context) => context.Merged(context.Shape[0], context.Shape[2], context.Shape[1] * context.Shape[3]);

    /// <summary>[batch, seq, heads · d] to [batch, heads, seq, d]; <paramref name="projected"/> is disposed.</summary>
    public static Tensor Split(Tensor projected, long heads)
    {
        using var owned = projected;
        using var split = owned.view(owned.shape[0], owned.shape[1], heads, -1);
        return split.transpose(1, 2);
    }

    /// <summary>[batch, heads, seq, d] to [batch, seq, heads · d].</summary>
    public static Tensor Merge(Tensor context)
    {
        using var transposed = context.transpose(1, 2);
        return transposed.flatten(2);
    }

    // One query of a generation is not worth arranging all keys for.
    private bool IsFused(Tensor q, Tensor? mask) => Kernels.FusedAttention && q.shape[2] > 1 && mask is null or { requires_grad: false } && FusedOperators.Take(q);

    private Tensor Composed(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var (batch, heads, queries, size) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var keys = k.shape[2];
        using var flatQ = q.reshape(batch * heads, queries, size);
        using var flatK = k.reshape(batch * heads, keys, size);
        using var flatV = v.reshape(batch * heads, keys, size);
        using var transposed = flatK.transpose(1, 2);
        using var probabilities = Probabilities(flatQ, transposed, mask, batch, heads);     // [batch · heads, queries, keys]
        using var kept = dropout.Forward(probabilities);
        using var context = kept.bmm(flatV);
        return context.view(batch, heads, queries, size);
    }

    private static Tensor Probabilities(Tensor q, Tensor k, Tensor? mask, long batch, long heads)
    {
        using var scores = Scores(q, k, mask, batch, heads);
        return scores.softmax(-1);
    }

    private static Tensor Scores(Tensor q, Tensor k, Tensor? mask, long batch, long heads)
    {
        var (queries, size, keys) = (q.shape[1], q.shape[2], k.shape[2]);
        var scale = 1 / MathF.Sqrt(size);
        if (mask is not null && mask.shape[0] == batch && mask.shape[1] == 1 && mask.shape[2] == 1)
        {
            // One row a sequence: the product takes it along.
            using var rows = mask.expand(batch, heads, 1, keys);
            using var bias = rows.reshape(batch * heads, 1, keys);
            // TorchSharp's static baddbmm takes its arguments in another order than PyTorch's: this computes bias + scale · q k.
            return q.baddbmm(k, bias, beta: 1, alpha: scale);
        }

        // The queries are scaled, not the scores, which are larger.
        using var scaled = q.mul(Kept(scale));
        if (mask is null) return scaled.bmm(k);
        using var scores = scaled.bmm(k);
        using var groups = scores.view(batch / mask.shape[0], mask.shape[0], heads, queries, keys);
        using var masked = groups.Plus(mask);
        return masked.view(batch * heads, queries, keys);
    }

    private static FakeTensor TraceProbabilities(FakeTensor q, FakeTensor k, FakeTensor? mask, long batch, long heads)
    {
        using var scores = TraceScores(q, k, mask, batch, heads);
        return scores.KeepingOutput();
    }

    private static FakeTensor TraceScores(FakeTensor q, FakeTensor k, FakeTensor? mask, long batch, long heads)
    {
        var (queries, keys) = (q.Shape[1], k.Shape[1]);
        if (mask is not null && mask.Shape[0] == batch && mask.Shape[1] == 1 && mask.Shape[2] == 1)
        {
            using var bias = q.Tape.Tensor(sizeof(float), batch * heads, 1, keys);
            return q.Bmm(k, keys, scaled: true);
        }

        using var scaled = q.Scaled();
        var scores = scaled.Bmm(k, keys);
        if (mask is null) return scores;
        using (scores)
        {
            using var groups = scores.View(batch / mask.Shape[0], mask.Shape[0], heads, queries, keys);
            using var masked = groups.Plus(mask);
            return masked.View(batch * heads, queries, keys);
        }
    }
}
