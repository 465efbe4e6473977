using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>Layer normalisation over the last dimension (Ba et al. 2016).</summary>
public sealed class LayerNorm : Component
{
    private readonly Weight weight, bias;
    private readonly long[] shape;
    private readonly double eps;

    /// <summary>Normalises <paramref name="size"/> features.</summary>
    public LayerNorm(long size, double eps)
    {
        weight = Register(new Weight("weight", size) { Initial = 1 });
        bias = Register(new Weight("bias", size) { Initial = 0 });
        (shape, this.eps) = ([size], eps);
    }

    /// <summary>[…, size] to […, size].</summary>
    public Tensor Forward(Tensor x) =>
        IsFused(x) ? FusedOperators.Norm(f: null, x, weight.Value, bias.Value, eps, dropout: 0) : functional.layer_norm(x, shape, weight.Value, bias.Value, eps);

    /// <summary>The same of <paramref name="f"/>, of which some is dropped, + <paramref name="x"/>.</summary>
    /// <param name="f">May be overwritten.</param>
    /// <param name="x">Of the same shape.</param>
    /// <param name="dropout">Applied to f.</param>
    public Tensor Forward(Tensor f, Tensor x, Dropout dropout)
    {
        if (IsFused(x)) return FusedOperators.Norm(f, x, weight.Value, bias.Value, eps, dropout.Active);
        using var kept = dropout.Forward(f);
        return Forward(kept.Accumulate(x));
    }

    private bool IsFused(Tensor x) => Kernels.Fused && !weight.Learns && !bias.Learns && FusedOperators.Take(x) && weight.Value.dtype == x.dtype;

    /// <summary>Traces <see cref="Forward(Tensor)"/>.</summary>
    public FakeTensor Trace(FakeTensor x) => IsTracedFused ? x.FusedNorm() : x.LayerNorm(weight, bias);

    /// <summary>Traces <see cref="Forward(Tensor, Tensor, Dropout)"/>.</summary>
    public FakeTensor Trace(FakeTensor f, FakeTensor x, Dropout dropout)
    {
        if (IsTracedFused) return x.FusedNorm(f);
        using var kept = dropout.Trace(f);
        return Trace(kept.AddInPlace(x));
    }

    private bool IsTracedFused => Kernels.Fused && !weight.Trains && !bias.Trains;
}

/// <summary>A table of vectors.</summary>
public sealed class Embedding : Component
{
    private readonly Weight weight;

    /// <summary>A table of <paramref name="count"/> vectors of <paramref name="size"/> features.</summary>
    public Embedding(long count, long size) => weight = Register(new Weight("weight", count, size));

    /// <summary>[count, size].</summary>
    public Weight Weight => weight;

    /// <summary>Ids of any shape to the same shape with a last dimension of features.</summary>
    public Tensor Forward(Tensor ids)
    {
        using var flat = ids.flatten();
        using var rows = weight.Value.index_select(0, flat);
        return rows.view([.. ids.shape, weight.Shape[1]]);
    }

    /// <summary>Traces <see cref="Forward(Tensor)"/>.</summary>
    public FakeTensor Trace(FakeTensor ids)
    {
        using var rows = ids.Tape.Of(weight).IndexSelect(ids);
        return rows.View([.. ids.Shape, weight.Shape[1]]);
    }
}

/// <summary>Dropout (Srivastava et al. 2014): zeroes a share <paramref name="p"/> of the elements in training and scales the rest by 1 / (1 - p).</summary>
/// <remarks>
/// On the CPU torch's own keeps a float32 mask and draws a float64 per element; a float32 draw and a mask of one byte do the same at a third of the time and a quarter of the memory.
/// On a GPU torch's own is one kernel with a mask of one byte.
/// </remarks>
public sealed class Dropout(double p) : Component
{
    /// <summary>The probability that applies now: 0 in evaluation.</summary>
    public double Active => Training ? p : 0;

    /// <summary>The same shape; <paramref name="x"/> itself when nothing is dropped.</summary>
    public Tensor Forward(Tensor x)
    {
        if (Active == 0) return x.alias();
        if (Kernels.Fused && FusedOperators.Take(x)) return FusedOperators.Dropout(x, p);
        if (x.device.type == TorchSharp.DeviceType.CUDA) return functional.dropout(x, p, training: true);
        using var draw = rand(x.shape, ScalarType.Float32, x.device);
        using var dropped = draw.lt(Kept(p));
        return x.masked_fill(dropped, Kept(0)).mul_(Kept(1 / (1 - p)));
    }

    /// <summary>Traces <see cref="Forward(Tensor)"/>.</summary>
    public FakeTensor Trace(FakeTensor x)
    {
        if (Active == 0) return x.Alias();
        if (Kernels.Fused) return x.Scaled(isKernel: true);
        using var draw = x.Tape.Tensor(sizeof(float), [.. x.Shape]);
        using var dropped = x.Tape.Tensor(sizeof(bool), [.. x.Shape]);
        return x.MaskedFill(dropped).ScaleInPlace();
    }
}
