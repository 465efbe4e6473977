using SafeTune.Models;
using SafeTune.Torch;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Adapters;

/// <summary>AdaLoRA's settings, as peft's AdaLoraConfig.</summary>
/// <param name="InitialRank">Rank of every adapter at the start (<c>init_r</c>).</param>
/// <param name="TargetRank">Mean rank at the end (<c>target_r</c>).</param>
/// <param name="Alpha">The output is scaled by alpha / the initial rank, whatever is cut later.</param>
/// <param name="Dropout">On the adapter's input, in [0, 1).</param>
/// <param name="TargetModules">As <see cref="LoraOptions.TargetModules"/>.</param>
/// <param name="InitialSteps">Steps before the budget falls (<c>tinit</c>).</param>
/// <param name="FinalSteps">Steps at the end with the budget at its target (<c>tfinal</c>).</param>
/// <param name="Interval">Steps between two cuts (<c>deltaT</c>).</param>
/// <param name="TotalSteps">Steps of the whole training; 0 = filled in by the trainer.</param>
/// <param name="Beta1">Of the average of importances.</param>
/// <param name="Beta2">Of the average of their uncertainty.</param>
/// <param name="OrthogonalWeight">Weight of the orthogonality term in the loss (<c>orth_reg_weight</c>).</param>
public sealed record AdaLoraOptions(
    int InitialRank = 12, int TargetRank = 8, double Alpha = 8, double Dropout = 0, IReadOnlyList<string>? TargetModules = null, int InitialSteps = 0, int FinalSteps = 0,
    int Interval = 1, int TotalSteps = 0, double Beta1 = 0.85, double Beta2 = 0.85, double OrthogonalWeight = 0.5) : AdapterOptions
{
    /// <inheritdoc/>
    public override string Method => "adalora";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"rank {InitialRank} to {TargetRank}, alpha {Alpha}, dropout {Dropout}");

    /// <inheritdoc/>
    public override void Check()
    {
        Require(InitialRank >= 1 && TargetRank >= 1 && TargetRank <= InitialRank, $"ranks must be at least 1 and the target ({TargetRank}) at most the initial one ({InitialRank})");
        Require(Dropout is >= 0 and < 1, FormattableString.Invariant($"dropout must be at least 0 and below 1, not {Dropout}"));
        Require(TargetModules is not [], "at least one target module is needed");
        Require(InitialSteps >= 0 && FinalSteps >= 0 && Interval >= 1 && TotalSteps >= 0, "the steps must be at least 0 and the interval at least 1");
        Require(TotalSteps == 0 || InitialSteps + FinalSteps < TotalSteps, $"the initial and final steps ({InitialSteps} and {FinalSteps}) must leave some of the {TotalSteps} for the budget to fall");
        Require(Beta1 is > 0 and < 1 && Beta2 is > 0 and < 1, "both betas must be above 0 and below 1");
        Require(OrthogonalWeight >= 0, FormattableString.Invariant($"the orthogonality term's weight must be at least 0, not {OrthogonalWeight}"));
    }

    /// <inheritdoc/>
    public override AdapterSet Inject(Transformer model, IReadOnlyCollection<int>? blocks = null) => AdaLoraAdapters.Inject(model, this, blocks);

    private static void Require(bool holds, string sentence)
    {
        if (!holds) throw new UsageException($"AdaLoRA: {sentence}.");
    }
}

/// <summary>AdaLoRA (Zhang et al. 2023, equation 3): y = W x + (alpha / r) B Λ A x with a diagonal Λ, whose zeros are ranks cut off, and the initial rank r.</summary>
public sealed class AdaLora : Component, IProjectionAdapter
{
    private readonly Dropout dropout;
    private readonly double scale;

    /// <summary>An adapter that adds nothing at first: A and B normal, Λ zero, as peft's. Nothing is allocated beside a layer that is not loaded.</summary>
    /// <param name="options">AdaLoRA's settings.</param>
    /// <param name="target">The projection.</param>
    /// <param name="ranks">Ranks that are left of the initial ones, 0 included; null = all.</param>
    public AdaLora(AdaLoraOptions options, Projection target, int? ranks = null)
    {
        long count = ranks ?? options.InitialRank;
        A = Register(new Weight("lora_A", count, target.InFeatures));
        B = Register(new Weight("lora_B", target.OutFeatures, count));
        E = Register(new Weight("lora_E", count, 1));
        dropout = Register("lora_dropout", new Dropout(options.Dropout));
        // As peft, which divides by the rank it began with + 1e-5 and keeps that number when it loads an adapter with ranks cut.
        scale = options.Alpha / (options.InitialRank + 1e-5);
        if (!target.Weight.IsLoaded) return;
        using var off = no_grad();
        var device = target.Weight.Value.device;
        foreach (var weight in new[] { A, B }) weight.Set(empty([.. weight.Shape], ScalarType.Float32, device).normal_(0, 0.02));
        E.Set(zeros([.. E.Shape], ScalarType.Float32, device));
    }

    /// <summary>[r, in].</summary>
    public Weight A { get; }

    /// <summary>[out, r].</summary>
    public Weight B { get; }

    /// <summary>The diagonal of Λ, [r, 1].</summary>
    public Weight E { get; }

    /// <inheritdoc/>
    public bool Enabled { get; set; } = true;

    /// <inheritdoc/>
    public Tensor AddTo(Tensor y, Tensor x)
    {
        // The adapter computes in float32, whatever the model does.
        using var input = x.to(ScalarType.Float32);
        using var kept = dropout.Forward(input);
        using var scaled = A.Value * E.Value;                                           // [r, in]
        using var low = functional.linear(kept, scaled);                                // [batch, seq, r]
        using var high = functional.linear(low, B.Value);                               // [batch, seq, out]
        using var added = high.to(y.dtype);
        return y.add_(added, Kept(scale));
    }

    /// <inheritdoc/>
    public FakeTensor Trace(FakeTensor y, FakeTensor x)
    {
        var tape = x.Tape;
        using var kept = dropout.Trace(x);
        using var scaled = tape.Of(A).Times(tape.Of(E));
        using var low = kept.Linear(scaled);
        using var high = low.Linear(B);
        return y.AddInPlace(high, scaled: true);
    }

    /// <inheritdoc/>
    public Tensor Delta()
    {
        using var off = no_grad();
        using var scaled = A.Value * E.Value;
        return B.Value.mm(scaled).mul_(Kept(scale));
    }

    /// <summary>‖A Aᵀ - I‖ + ‖Bᵀ B - I‖, Frobenius norms: how far from orthogonal the singular vectors are (equation 4).</summary>
    internal Tensor Orthogonality()
    {
        using var scope = NewDisposeScope();
        var identity = eye(A.Shape[0], dtype: ScalarType.Float32, device: A.Value.device);
        var a = (A.Value.mm(A.Value.t()) - identity).norm();
        var b = (B.Value.t().mm(B.Value) - identity).norm();
        return a.Plus(b).MoveToOuterDisposeScope();
    }
}
