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
    public Tensor Forward(Tensor x) => functional.layer_norm(x, shape, weight.Value, bias.Value, eps);

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x) => x.LayerNorm(weight, bias);
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

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor ids)
    {
        using var rows = ids.Tape.Of(weight).IndexSelect(ids);
        return rows.View([.. ids.Shape, weight.Shape[1]]);
    }
}

/// <summary>Dropout (Srivastava et al. 2014): zeroes a share <paramref name="p"/> of the elements in training and scales the rest by 1 / (1 - p).</summary>
/// <remarks>torch's own keeps a float32 mask on the CPU and draws a float64 per element; a float32 draw and a mask of one byte do the same at a third of the time and a quarter of the memory.</remarks>
public sealed class Dropout(double p) : Component
{
    /// <summary>The same shape; <paramref name="x"/> itself when nothing is dropped.</summary>
    public Tensor Forward(Tensor x)
    {
        if (!Training || p == 0) return x.alias();
        using var draw = rand(x.shape, ScalarType.Float32, x.device);
        using var dropped = draw.lt(p);
        return x.masked_fill(dropped, 0).mul_(1 / (1 - p));
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor x)
    {
        if (!Training || p == 0) return x.View([.. x.Shape]);
        using var draw = x.Tape.Tensor(sizeof(float), [.. x.Shape]);
        using var dropped = x.Tape.Tensor(sizeof(bool), [.. x.Shape]);
        return x.MaskedFill(dropped).ScaleInPlace();
    }
}
