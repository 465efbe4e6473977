using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Stochastic depth (Huang et al. 2016), sample by sample: in training a branch is left out of a share <paramref name="p"/> of the samples and scaled by 1 / (1 - p) in the rest.</summary>
public sealed class DropPath(double p) : Component
{
    /// <summary>[batch, …] to the same shape; <paramref name="x"/> itself when nothing is dropped.</summary>
    public Tensor Forward(Tensor x)
    {
        if (!Training || p == 0) return x.alias();
        using var draw = rand([x.shape[0], .. Enumerable.Repeat(1L, x.shape.Length - 1)], ScalarType.Float32, x.device);
        using var dropped = draw.lt(Kept(p));
        return x.masked_fill(dropped, Kept(0)).mul_(Kept(1 / (1 - p)));
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x)
    {
        if (!Training || p == 0) return x.Alias();
        using var dropped = x.Tape.Tensor(sizeof(bool), x.Shape[0]);
        return x.MaskedFill(dropped).ScaleInPlace();
    }
}
