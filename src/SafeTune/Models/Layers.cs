using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>A linear layer, y = x Wᵀ + b, with a place for an adapter beside it.</summary>
public sealed class Projection : Component
{
    private IProjectionAdapter? adapter;

    /// <summary>A layer from <paramref name="inFeatures"/> to <paramref name="outFeatures"/>.</summary>
    public Projection(long inFeatures, long outFeatures)
    {
        (InFeatures, OutFeatures) = (inFeatures, outFeatures);
        Weight = Register(new Weight("weight", outFeatures, inFeatures));
        Bias = Register(new Weight("bias", outFeatures));
    }

    /// <summary>Size of the input's last dimension.</summary>
    public long InFeatures { get; }

    /// <summary>Size of the output's last dimension.</summary>
    public long OutFeatures { get; }

    /// <summary>[out, in].</summary>
    public Weight Weight { get; }

    /// <summary>[out].</summary>
    public Weight Bias { get; }

    /// <summary>What is added beside the layer, or null.</summary>
    public IProjectionAdapter? Adapter
    {
        get => adapter;
        set
        {
            if (adapter is Component old) Unregister(old);
            adapter = value;
            if (adapter is Component added) Register("", added);
        }
    }

    /// <summary>[…, in] to […, out].</summary>
    public Tensor Forward(Tensor x)
    {
        var y = functional.linear(x, Weight.Value, Bias.Value);
        return adapter is { Enabled: true } ? adapter.AddTo(y, x) : y;
    }
}

/// <summary>An adapter that works beside a <see cref="Projection"/>.</summary>
public interface IProjectionAdapter
{
    /// <summary>Switched off, the projection is the pre-trained one: the reference of SAFE's score.</summary>
    bool Enabled { get; set; }

    /// <summary>Adds the adapter's output for <paramref name="x"/> to <paramref name="y"/>, in place where autograd allows, and returns the sum.</summary>
    Tensor AddTo(Tensor y, Tensor x);
}

/// <summary>Layer normalisation over the last dimension (Ba et al. 2016).</summary>
public sealed class LayerNorm : Component
{
    private readonly Weight weight, bias;
    private readonly long[] shape;
    private readonly double eps;

    /// <summary>Normalises <paramref name="size"/> features.</summary>
    public LayerNorm(long size, double eps)
    {
        weight = Register(new Weight("weight", size));
        bias = Register(new Weight("bias", size));
        (shape, this.eps) = ([size], eps);
    }

    /// <summary>[…, size] to […, size].</summary>
    public Tensor Forward(Tensor x) => functional.layer_norm(x, shape, weight.Value, bias.Value, eps);
}

/// <summary>A table of vectors.</summary>
public sealed class Embedding : Component
{
    private readonly Weight weight;

    /// <summary>A table of <paramref name="count"/> vectors of <paramref name="size"/> features.</summary>
    public Embedding(long count, long size) => weight = Register(new Weight("weight", count, size));

    /// <summary>Ids of any shape to the same shape with a last dimension of features.</summary>
    public Tensor Forward(Tensor ids)
    {
        using var flat = ids.flatten();
        using var rows = weight.Value.index_select(0, flat);
        return rows.view([.. ids.shape, weight.Shape[1]]);
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
}
