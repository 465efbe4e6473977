using SafeTune.Models;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Adapters;

/// <summary>Low-rank adaptation's settings, as peft's LoraConfig; the defaults are the paper's (appendix C.4).</summary>
/// <param name="Rank">r, at least 1.</param>
/// <param name="Alpha">The adapter's output is scaled by alpha / r.</param>
/// <param name="Dropout">On the adapter's input, in [0, 1).</param>
/// <param name="TargetModules">Projections by the end of their path; null = the model's query and value projections.</param>
public sealed record LoraOptions(int Rank = 4, double Alpha = 16, double Dropout = 0.1, IReadOnlyList<string>? TargetModules = null) : AdapterOptions
{
    /// <inheritdoc/>
    public override string Method => "lora";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"r {Rank}, alpha {Alpha}, dropout {Dropout} on {string.Join(", ", TargetModules ?? ["query and value"])}");

    /// <inheritdoc/>
    public override AdapterSet Inject(Transformer model, IReadOnlyCollection<int>? blocks = null) => LoraAdapters.Inject(model, this, blocks);

    /// <inheritdoc/>
    public override void Check()
    {
        if (Rank < 1) throw new UsageException($"LoRA's rank must be at least 1, not {Rank}.");
        if (Dropout is < 0 or >= 1) throw new UsageException(string.Create(null, $"LoRA's dropout must be at least 0 and below 1, not {Dropout}."));
        if (TargetModules is []) throw new UsageException("LoRA needs at least one target module, e.g. query and value.");
    }
}

/// <summary>Low-rank adaptation, y = W x + (alpha / r) B A x (Hu et al. 2022, equation 3).</summary>
public sealed class Lora : Component, IProjectionAdapter
{
    private readonly Dropout dropout;

    /// <summary>An adapter that adds nothing at first: A as peft initialises it, B zero. Nothing is allocated beside a layer that is not loaded.</summary>
    public Lora(LoraOptions options, Projection target)
    {
        options.Check();
        A = Register(new Weight("lora_A.weight", options.Rank, target.InFeatures));
        B = Register(new Weight("lora_B.weight", target.OutFeatures, options.Rank));
        dropout = Register("lora_dropout", new Dropout(options.Dropout));
        Scale = options.Alpha / options.Rank;
        if (target.Weight.IsLoaded) Initialise(A, B, target.Weight.Value.device);
    }

    /// <summary>[r, in].</summary>
    public Weight A { get; }

    /// <summary>[out, r].</summary>
    public Weight B { get; }

    /// <summary>alpha / r.</summary>
    public double Scale { get; }

    /// <summary>A as peft initialises it, B zero.</summary>
    internal static void Initialise(Weight a, Weight b, Device device)
    {
        using var off = no_grad();
        a.Set(init.kaiming_uniform_(empty([.. a.Shape], ScalarType.Float32, device), Math.Sqrt(5)));
        b.Set(zeros([.. b.Shape], ScalarType.Float32, device));
    }

    /// <inheritdoc/>
    public bool Enabled { get; set; } = true;

    /// <inheritdoc/>
    public LowRank? LowRank => new(A.Value, B.Value, Scale, dropout.Active);

    /// <inheritdoc/>
    public (Weight A, Weight B)? TracedLowRank => (A, B);

    /// <inheritdoc/>
    public Tensor AddTo(Tensor y, Tensor x)
    {
        // The adapter computes in float32, whatever the model does.
        using var input = x.to(ScalarType.Float32);
        using var kept = dropout.Forward(input);
        using var low = functional.linear(kept, A.Value);                               // [batch, seq, r]
        using var high = functional.linear(low, B.Value);                               // [batch, seq, out]
        using var added = high.to(y.dtype);
        return y.add_(added, Kept(Scale));
    }

    /// <inheritdoc/>
    public Tensor Delta()
    {
        using var off = no_grad();
        return B.Value.mm(A.Value).mul_(Kept(Scale));
    }

    /// <inheritdoc/>
    public FakeTensor Trace(FakeTensor y, FakeTensor x)
    {
        using var kept = dropout.Trace(x);
        using var low = kept.Linear(A);
        using var high = low.Linear(B);
        return y.AddInPlace(high, scaled: Scale != 1);
    }
}
