using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The end of a sub-layer: dropout, the residual connection and, in families that have it there, LayerNorm; with a place for a bottleneck adapter.</summary>
public sealed class Residual : Component
{
    private readonly Dropout dropout;
    private readonly LayerNorm? norm;
    private IResidualAdapter? adapter;

    /// <summary>LN(dropout(f) + x).</summary>
    /// <param name="features">Features of a hidden state.</param>
    /// <param name="dropout">Probability.</param>
    /// <param name="eps">LayerNorm's epsilon.</param>
    public Residual(long features, double dropout, double eps) : this(features, dropout) => norm = Register("LayerNorm", new LayerNorm(features, eps));

    /// <summary>dropout(f) + x.</summary>
    public Residual(long features, double dropout)
    {
        Features = features;
        this.dropout = Register("dropout", new Dropout(dropout));
    }

    /// <summary>Features of a hidden state.</summary>
    public long Features { get; }

    /// <summary>What works on the sub-layer's output, or null.</summary>
    public IResidualAdapter? Adapter
    {
        get => adapter;
        set
        {
            if (adapter is Component old) Unregister(old);
            adapter = value;
            if (adapter is Component added) Register("", added);
        }
    }

    /// <summary>[batch, seq, features] to the same.</summary>
    /// <param name="f">The sub-layer's output; may be overwritten.</param>
    /// <param name="x">The sub-layer's input.</param>
    public Tensor Forward(Tensor f, Tensor x)
    {
        if (adapter is not { Enabled: true }) return norm is null ? dropout.Forward(f).Accumulate(x) : norm.Forward(f, x, dropout);
        using var kept = dropout.Forward(f);
        return adapter.Apply(kept, x, norm);
    }

    /// <summary>Traces <see cref="Forward"/>.</summary>
    public FakeTensor Trace(FakeTensor f, FakeTensor x)
    {
        if (adapter is not { Enabled: true }) return norm is null ? dropout.Trace(f).AddInPlace(x) : norm.Trace(f, x, dropout);
        using var kept = dropout.Trace(f);
        return adapter.Trace(kept, x, norm);
    }
}

/// <summary>An adapter that works on a sub-layer's output, its input and the LayerNorm after them.</summary>
public interface IResidualAdapter
{
    /// <summary>Switched off, the sub-layer is the pre-trained one: the reference of SAFE's score.</summary>
    bool Enabled { get; set; }

    /// <summary>What takes the place of LN(f + x), or of f + x where there is no LayerNorm.</summary>
    Tensor Apply(Tensor f, Tensor x, LayerNorm? norm);

    /// <summary>Traces <see cref="Apply"/>.</summary>
    FakeTensor Trace(FakeTensor f, FakeTensor x, LayerNorm? norm);
}
