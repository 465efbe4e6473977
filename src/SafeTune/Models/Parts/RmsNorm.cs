using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Root-mean-square normalisation over the last dimension (Zhang and Sennrich 2019), computed in float32 as Hugging Face's LlamaRMSNorm.</summary>
public sealed class RmsNorm : Component
{
    private readonly Weight weight;
    private readonly double eps;

    /// <summary>Normalises <paramref name="size"/> features.</summary>
    public RmsNorm(long size, double eps)
    {
        weight = Register(new Weight("weight", size) { Initial = 1 });
        this.eps = eps;
    }

    /// <summary>[…, size] to […, size].</summary>
    public Tensor Forward(Tensor x)
    {
        if (Kernels.Fused && !weight.Learns && FusedOperators.Take(x) && weight.Value.dtype == x.dtype)
            return FusedOperators.Norm(f: null, x, weight.Value, bias: null, eps, dropout: 0);
        using var scope = NewDisposeScope();
        var single = x.to(ScalarType.Float32);
        var scale = single.pow(Kept(2)).mean([-1L], keepdim: true).Accumulate(eps).rsqrt();
        return (weight.Value * (single * scale).to(x.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x)
    {
        if (Kernels.Fused && !weight.Trains) return x.FusedNorm();
        using var scope = x.Tape.Scope();
        var scale = x.Square().Mean([.. x.Shape.SkipLast(1), 1]).KeepingOutput();
        return x.Tape.Keep(x.Times(scale).Times(x.Tape.Of(weight)));
    }
}
