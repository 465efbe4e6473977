using SafeTune.Adapters;
using SafeTune.Models;

namespace SafeTune.Baselines;

/// <summary>MEFT₁ (Liao et al. 2023, arXiv 2306.00477): the upper blocks made reversible, so that the backward pass computes their activations again from their outputs.</summary>
/// <remarks>The paper says "half of the layers" and takes λ and β from Liao et al. without printing them (appendix C.4). The lower half keeps its adapters and its activations.</remarks>
/// <param name="Lambda">λ of <see cref="ReversibleBlocks"/>, in (0, 1]: the smaller, the nearer the start is to the pre-trained model.</param>
/// <param name="Beta">β, in (0, 1].</param>
/// <param name="Reversible">How many of the upper blocks; null = half.</param>
/// <param name="Reduction">Features of a hidden state over those inside the coupling adapters.</param>
public sealed record MeftOptions(double Lambda = 0.1, double Beta = 0.7, int? Reversible = null, double Reduction = 16) : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "meft";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"MEFT₁ with {(Reversible is { } count ? $"{count}" : "half of the")} blocks reversible, lambda {Lambda}, beta {Beta}");

    /// <inheritdoc/>
    public override bool KeepsNetwork => false;

    /// <inheritdoc/>
    public override void Check()
    {
        if (!(Lambda is > 0 and <= 1 && Beta is > 0 and <= 1)) throw new UsageException(FormattableString.Invariant($"MEFT's lambda {Lambda} and beta {Beta} must be above 0 and at most 1."));
        if (Reversible is < 1) throw new UsageException($"MEFT needs at least one reversible block, not {Reversible}.");
        if (!(Reduction >= 1)) throw new UsageException(FormattableString.Invariant($"MEFT's reduction is {Reduction}, and must be at least 1."));
    }

    /// <inheritdoc/>
    public override AdapterSet Inject(AdapterOptions adapter, Transformer model)
    {
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(model);
        var blocks = model.Blocks.Count;
        if (model.Blocks.Index().Where(entry => !entry.Item.KeepsShape).Select(entry => entry.Index).ToArray() is { Length: > 0 } odd)
            throw new UsageException($"MEFT needs blocks whose output has their input's shape, and those of this {model.Config.ModelType} change it after block {string.Join(", ", odd)}; choose another method or model.");
        if (Reversible > blocks) throw new UsageException($"MEFT is asked for {Reversible} reversible blocks, and the model has {blocks}.");
        var adapters = adapter.Inject(model);
        model.Reversible = new ReversibleBlocks(model, blocks - (Reversible ?? (blocks + 1) / 2), Lambda, Beta, Math.Max(1, (long)(model.Config.Width / Reduction)));
        foreach (var (_, weight) in model.Reversible.NamedWeights()) weight.Trains = true;
        return adapters;
    }
}
