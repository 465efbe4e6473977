using SafeTune.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>A linear layer, y = x Wᵀ + b, with a place for an adapter beside it.</summary>
public sealed class Projection : Component
{
    private readonly bool inputFirst;
    private IProjectionAdapter? adapter;

    /// <summary>A layer from <paramref name="inFeatures"/> to <paramref name="outFeatures"/>.</summary>
    /// <param name="inFeatures">Size of the input's last dimension.</param>
    /// <param name="outFeatures">Size of the output's last dimension.</param>
    /// <param name="bias">Whether there is a b.</param>
    /// <param name="inputFirst">The weight is stored as [in, out], as GPT-2's Conv1D does.</param>
    public Projection(long inFeatures, long outFeatures, bool bias = true, bool inputFirst = false)
    {
        this.inputFirst = inputFirst;
        Weight = Register(inputFirst ? new Weight("weight", inFeatures, outFeatures) : new Weight("weight", outFeatures, inFeatures));
        if (bias) Bias = Register(new Weight("bias", outFeatures) { Initial = 0 });
    }

    /// <summary>Size of the input's last dimension.</summary>
    public long InFeatures => Weight.Shape[inputFirst ? 0 : 1];

    /// <summary>Size of the output's last dimension.</summary>
    public long OutFeatures => Weight.Shape[inputFirst ? 1 : 0];

    /// <summary>[out, in], or [in, out] where <see cref="IsInputFirst"/> says so.</summary>
    public Weight Weight { get; }

    /// <summary>[out]; null when there is none.</summary>
    public Weight? Bias { get; }

    /// <summary>Whether the weight is stored as [in, out].</summary>
    public bool IsInputFirst => inputFirst;

    /// <summary>Parts of equal size that the output is made of, in order, e.g. <c>q k v</c>; null when it is one.</summary>
    public IReadOnlyList<string>? Slices { get; init; }

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

    /// <summary>[…, in] to […, out]. An input of another dtype than the weight's is converted.</summary>
    public Tensor Forward(Tensor x)
    {
        if (x.dtype == Weight.Value.dtype) return Linear(x);
        using var converted = x.to(Weight.Value.dtype);
        return Linear(converted);
    }

    /// <summary>The outputs of several layers for one input, which the caller disposes.</summary>
    /// <param name="x">[…, in].</param>
    /// <param name="layers">All of the same input size.</param>
    public static Tensor[] Forward(Tensor x, params ReadOnlySpan<Projection> layers)
    {
        var fused = FusedOperators.Take(x);
        foreach (var layer in layers) fused &= layer.Kernels.Fused && FusedOperators.Take(layer) && !layer.Folds(x);
        return fused ? FusedOperators.Project(x, layers) : [.. layers.ToArray().Select(layer => layer.Forward(x))];
    }

    /// <summary>Traces <see cref="Forward(Tensor)"/>.</summary>
    public FakeTensor Trace(FakeTensor x)
    {
        if (Folds(x.Tape.Records, x.Rows))
        {
            using var folded = x.Tape.Tensor(sizeof(float), OutFeatures, InFeatures);
            return x.Linear(folded, Bias is null ? null : x.Tape.Of(Bias));
        }

        if (IsTracedFused && adapter is { Enabled: true }) return x.FusedLinear([this])[0];
        var y = x.Linear(Weight, Bias);
        return adapter is { Enabled: true } ? adapter.Trace(y, x) : y;
    }

    /// <summary>Traces <see cref="Forward(Tensor, ReadOnlySpan{Projection})"/>.</summary>
    public static FakeTensor[] Trace(FakeTensor x, params Projection[] layers) => layers.All(layer => layer.IsTracedFused && !layer.Folds(x.Tape.Records, x.Rows)) ? x.FusedLinear(layers) : [.. layers.Select(layer => layer.Trace(x))];

    private bool IsTracedFused => Kernels.Fused && !Weight.Trains && Bias is null or { Trains: false } && adapter is null or { Enabled: false } or { TracedLowRank: not null };

    // Where nothing is learnt, an adapter is a change of its layer's weight: a small product instead of thin ones for every row. A few rows are not worth it.
    private bool Folds(bool records, long rows) => Kernels.Fused && !Training && !records && rows >= InFeatures && adapter is { Enabled: true };

    private bool Folds(Tensor x) => Folds(is_grad_enabled(), x.numel() / InFeatures) && Weight.Value.dtype == ScalarType.Float32;

    private Tensor Linear(Tensor x)
    {
        if (Folds(x))
        {
            using var folded = adapter!.Delta();
            using var weight = inputFirst ? Weight.Value.t() : Weight.Value.alias();
            return functional.linear(x, folded.Accumulate(weight), Bias?.Value);
        }

        // Without an adapter torch's own keeps nothing of a frozen layer either.
        if (Kernels.Fused && adapter is { Enabled: true } && FusedOperators.Take(x) && FusedOperators.Take(this)) return FusedOperators.Project(x, [this])[0];
        using var transposed = inputFirst ? Weight.Value.t() : null;
        var y = functional.linear(x, transposed ?? Weight.Value, Bias?.Value);
        return adapter is { Enabled: true } ? adapter.AddTo(y, x) : y;
    }
}

/// <summary>Adds scale · B A dropout(x) to a layer's output.</summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scale">alpha / r.</param>
/// <param name="Dropout">The probability that applies now.</param>
public sealed record LowRank(Tensor A, Tensor B, double Scale, double Dropout);

/// <summary>An adapter that works beside a <see cref="Projection"/>.</summary>
public interface IProjectionAdapter
{
    /// <summary>Switched off, the projection is the pre-trained one: the reference of SAFE's score.</summary>
    bool Enabled { get; set; }

    /// <summary>The adapter as a pair of matrices, where it is one: kernels compute it together with its layer.</summary>
    LowRank? LowRank => null;

    /// <summary>Its weights, which need not be loaded; null as above.</summary>
    (Weight A, Weight B)? TracedLowRank => null;

    /// <summary>Adds the adapter's output for <paramref name="x"/> to <paramref name="y"/>, in place where autograd allows, and returns the sum.</summary>
    Tensor AddTo(Tensor y, Tensor x);

    /// <summary>Traces <see cref="AddTo"/>.</summary>
    FakeTensor Trace(FakeTensor y, FakeTensor x);

    /// <summary>What the adapter amounts to without dropout: a difference of the layer's weight, [out, in].</summary>
    Tensor Delta();
}
