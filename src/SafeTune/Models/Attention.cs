using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Scaled dot-product attention (Vaswani et al. 2017, equation 1) in the composed ("eager") form that Hugging Face's models compute.</summary>
public static class Attention
{
    /// <summary>softmax(q kᵀ / √d + mask) v with dropout on the probabilities.</summary>
    /// <param name="q">[batch, heads, seq, d], as are <paramref name="k"/>, <paramref name="v"/> and the result.</param>
    /// <param name="k">Keys.</param>
    /// <param name="v">Values.</param>
    /// <param name="mask">Additive, [batch, 1, 1, seq]: 0, or the most negative number under padding.</param>
    /// <param name="dropout">Applied to the probabilities.</param>
    public static Tensor Run(Tensor q, Tensor k, Tensor v, Tensor mask, Dropout dropout)
    {
        var (batch, heads, seq, size) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        using var flatQ = q.reshape(batch * heads, seq, size);
        using var flatK = k.reshape(batch * heads, seq, size);
        using var flatV = v.reshape(batch * heads, seq, size);
        using var rows = mask.expand(batch, heads, 1, seq);
        using var bias = rows.reshape(batch * heads, 1, seq);
        using var transposed = flatK.transpose(1, 2);
        using var probabilities = Probabilities(bias, flatQ, transposed, 1 / MathF.Sqrt(size));     // [batch · heads, seq, seq]
        using var kept = dropout.Forward(probabilities);
        using var context = kept.bmm(flatV);
        return context.view(batch, heads, seq, size);
    }

    private static Tensor Probabilities(Tensor bias, Tensor q, Tensor k, float scale)
    {
        using var scores = baddbmm(bias, q, k, beta: 1, alpha: scale);
        return scores.softmax(-1);
    }
}
