using SafeTune.Batching;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The upper blocks of a model in two coupled streams, so that a block's inputs follow from its outputs (Liao et al. 2023, "Make Pre-trained Model Reversible", MEFT₁).</summary>
/// <remarks>
/// <code>
/// y₁ = λ x₁ + F(x₂)        F: the block
/// y₂ = β x₂ + G(y₁)        G: a bottleneck adapter
/// </code>
/// Then the streams change places, so that the one with the pre-trained model's hidden state enters the next block: with a small λ, and G near zero at first, a training starts where
/// pre-training ended. The last y₁ goes to the head; its y₂ nobody reads, so the last block has no G. The streams are kept in float64: going back divides by λ and β in every block,
/// which would make float32's rounding grow beyond use.
/// </remarks>
public sealed class ReversibleBlocks : Component
{
    private readonly Transformer model;
    private readonly CouplingAdapter?[] adapters;

    /// <summary>Couples the blocks from <paramref name="first"/> to the last.</summary>
    /// <param name="model">Loaded, or not; then the adapters are not initialised either.</param>
    /// <param name="first">The lowest reversible block.</param>
    /// <param name="lambda">λ, above 0.</param>
    /// <param name="beta">β, above 0.</param>
    /// <param name="bottleneck">Features inside G.</param>
    public ReversibleBlocks(Transformer model, int first, double lambda, double beta, long bottleneck)
    {
        (this.model, First, Lambda, Beta) = (model, first, lambda, beta);
        adapters = new CouplingAdapter?[model.Blocks.Count];
        for (var i = first; i < adapters.Length - 1; i++) adapters[i] = Register($"{i}", new CouplingAdapter(model, bottleneck));
    }

    /// <summary>The lowest reversible block.</summary>
    public int First { get; }

    /// <summary>λ.</summary>
    public double Lambda { get; }

    /// <summary>β.</summary>
    public double Beta { get; }

    /// <summary>G of a block; null in the last.</summary>
    internal CouplingAdapter? Adapter(int block) => adapters[block];

    /// <summary>Runs the reversible blocks.</summary>
    /// <param name="hidden">What enters the lowest; both streams begin with it.</param>
    /// <param name="block">Runs one block.</param>
    /// <returns>The last y₁ and y₂, float64.</returns>
    internal (Tensor Y1, Tensor Y2) Run(Tensor hidden, Func<int, Tensor, Tensor> block)
    {
        var (x1, x2) = (hidden.to(ScalarType.Float64), hidden.to(ScalarType.Float64));
        for (var i = First; i < adapters.Length; i++)
        {
            using var scope = NewDisposeScope();
            var y1 = x1.Times(Lambda).Accumulate(block(i, x2.to(model.Dtype)));
            var y2 = x2.Times(Beta);
            if (adapters[i] is { } adapter) y2.Accumulate(adapter.Forward(y1.to(ScalarType.Float32)));
            x1.Dispose();
            x2.Dispose();
            (x1, x2) = (y2.MoveToOuterDisposeScope(), y1.MoveToOuterDisposeScope());
        }

        return (x2, x1);
    }

    /// <summary>Traces G of a block on the block's output, for its matrix products.</summary>
    internal FakeTensor Trace(int block, FakeTensor y1) => adapters[block]?.Trace(y1) ?? y1;
}

/// <summary>G: down to a bottleneck, GELU, and up again, in float32.</summary>
internal sealed class CouplingAdapter : Component
{
    // Liao et al. 2023, figure 4.
    private const double Deviation = 0.02;
    private readonly Projection down, up;

    public CouplingAdapter(Transformer model, long bottleneck)
    {
        var features = model.Config.Width;
        down = Register("down", new Projection(features, bottleneck));
        up = Register("up", new Projection(bottleneck, features));
        if (!model.NamedWeights().First().Weight.IsLoaded) return;
        using var off = no_grad();
        foreach (var (_, weight) in NamedWeights())
        {
            var value = empty([.. weight.Shape], ScalarType.Float32, model.Device);
            weight.Set(weight.Initial is { } all ? value.fill_(Kept(all)) : value.normal_(0, Deviation));
        }
    }

    public Tensor Forward(Tensor y1)
    {
        using var low = down.Forward(y1);
        using var active = low.gelu();
        return up.Forward(active);
    }

    public FakeTensor Trace(FakeTensor y1) => up.Trace(down.Trace(y1).KeepingInput());
}
