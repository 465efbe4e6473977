using SafeTune.Adapters;
using SafeTune.Models;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Baselines;

/// <summary>LoRAPrune's settings; ratio and frequency are the paper's (appendix C.4), the rest is the reference implementation's.</summary>
/// <param name="Ratio">Share of each block's heads and channels that is gone at the end, in (0, 1).</param>
/// <param name="Frequency">Steps from one pruning to the next.</param>
/// <param name="WarmUp">Share of the training before the first pruning, and after the last.</param>
/// <param name="Average">Weight of the past in the moving average of the importance.</param>
public sealed record LoraPruneOptions(double Ratio = 0.5, int Frequency = 10, double WarmUp = 0.1, double Average = 0.9) : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "loraprune";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"{Ratio} of the heads and channels pruned, a part every {Frequency} steps");

    /// <inheritdoc/>
    public override bool KeepsNetwork => false;

    /// <inheritdoc/>
    public override void Check()
    {
        if (!(Ratio is > 0 and < 1)) throw new UsageException(FormattableString.Invariant($"LoRAPrune's ratio is {Ratio}, and must be above 0 and below 1."));
        if (Frequency < 1) throw new UsageException($"LoRAPrune's frequency is {Frequency} steps, and must be at least 1.");
        if (!(WarmUp is >= 0 and < 0.5)) throw new UsageException(FormattableString.Invariant($"LoRAPrune's warm-up is {WarmUp}, and must be at least 0 and below 0.5."));
        if (!(Average is >= 0 and < 1)) throw new UsageException(FormattableString.Invariant($"LoRAPrune's moving average is {Average}, and must be at least 0 and below 1."));
    }

    /// <summary>Adapts every projection that is cut, since a projection's adapter is what says how much its parts matter.</summary>
    /// <inheritdoc/>
    public override AdapterSet Inject(AdapterOptions adapter, Transformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (adapter is not LoraOptions lora) throw new UsageException("LoRAPrune goes with LoRA, whose gradients guide it; choose lora+loraprune.");
        if (model.Blocks.Any(block => block.Prunable.Count == 0))
            throw new UsageException($"LoRAPrune knows the heads and channels of BERT, RoBERTa and ViT, not of a {model.Config.ModelType}; choose another method or model.");
        var cut = model.Blocks[0].Prunable.SelectMany(groups => groups.Writers.Append(groups.Reader)).ToHashSet();
        string[] modules = [.. model.Blocks[0].Named<Projection>().Where(entry => cut.Contains(entry.Component)).Select(entry => entry.Path)];
        return (lora with { TargetModules = [.. (lora.TargetModules ?? []).Union(modules)] }).Inject(model);
    }

    /// <inheritdoc/>
    public override Baseline Begin(BaselineRun run) => new LoraPrune(run, this);

    /// <summary>The share that is gone after a step: none in the warm-up, then rising by a cubic law.</summary>
    /// <param name="step">Steps completed.</param>
    /// <param name="steps">Of the whole training.</param>
    public double RatioAt(int step, int steps)
    {
        var progress = Math.Clamp((((double)step / steps) - WarmUp) / (1 - (2 * WarmUp)), 0, 1);
        return Ratio * (1 - Math.Pow(1 - progress, 3));
    }
}

/// <summary>LoRAPrune (Zhang et al. 2023, arXiv 2305.18403): takes attention heads and feed-forward channels out of the frozen weights during the training, by an importance that the adapters' gradients give.</summary>
/// <remarks>
/// Equation 8 stands in for the frozen weight's gradient: ∂L/∂W ≈ ∂L/∂B A + B ∂L/∂A - ∂L/∂B ∂L/∂A. A part's importance is the sum of |∂L/∂W · (W + scale B A)| over its rows (columns
/// of the layer that reads it), each layer's scaled to norm 1, in a moving average, as in the reference implementation. What is pruned leaves memory and compute at once.
/// </remarks>
public sealed class LoraPrune : Baseline, IDisposable
{
    private readonly BaselineRun run;
    private readonly LoraPruneOptions options;
    private readonly Entry[] entries;
    private readonly long elements;

    /// <summary>Prepares the pruning of a training's model.</summary>
    public LoraPrune(BaselineRun run, LoraPruneOptions options)
    {
        ArgumentNullException.ThrowIfNull(run);
        (this.run, this.options) = (run, options);
        entries = [.. run.Adapters.Model.Blocks.SelectMany(block => block.Prunable).Select(groups => new Entry(groups))];
        elements = Elements;
    }

    /// <inheritdoc/>
    public override long FreedBytes => (elements - Elements) * entries[0].Groups.Reader.Weight.Value.element_size();

    // Of the frozen weights that are cut.
    private long Elements => entries.SelectMany(entry => entry.Layers).Sum(layer => layer.Weight.Elements + (layer.Bias?.Elements ?? 0));

    /// <inheritdoc/>
    public override void BeforeUpdate(int step)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        foreach (var entry in entries)
        {
            var sum = entry.Groups.Writers.Select(writer => Importance(writer, entry.Groups.Count, isReader: false))
                .Append(Importance(entry.Groups.Reader, entry.Groups.Count, isReader: true)).Aggregate(Scalars.Plus);
            entry.Importance = (entry.Importance is { } past ? past.Times(options.Average).Plus(sum.Times(1 - options.Average)) : sum.Times(1 - options.Average)).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public override void AfterStep(int step)
    {
        if ((step + 1) % options.Frequency != 0) return;
        using var off = no_grad();
        var ratio = options.RatioAt(step + 1, run.Steps);
        foreach (var entry in entries)
        {
            var kept = entry.Total - (long)(entry.Total * ratio);
            if (kept == entry.Groups.Count) continue;
            using var scope = NewDisposeScope();
            var (_, most) = entry.Importance!.topk((int)kept);
            var (best, _) = most.sort();
            Cut(entry, best);
            entry.Importance = entry.Importance.index_select(0, best).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State() =>
        entries.Index().SelectMany(entry => new (string, Tensor?)[] { ($"{entry.Index}.kept", entry.Item.Kept), ($"{entry.Index}.importance", entry.Item.Importance) })
            .Where(state => state.Item2 is not null).Select(state => (state.Item1, state.Item2!));

    /// <inheritdoc/>
    public override void Restore(Func<string, Tensor> read)
    {
        using var off = no_grad();
        foreach (var (index, entry) in entries.Index())
        {
            using var kept = read($"{index}.kept");
            if (kept.numel() < entry.Groups.Count) Cut(entry, kept);
            entry.Importance = read($"{index}.importance").DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in entries) entry.Dispose();
    }

    private static Tensor Importance(Projection layer, long groups, bool isReader)
    {
        var lora = (Lora)layer.Adapter!;
        var (a, b) = (lora.A.Value, lora.B.Value);
        using var gradientA = a.grad;
        using var gradientB = b.grad;
        if (gradientA is null || gradientB is null) return zeros(groups, device: a.device);
        var gradient = gradientB.mm(a).Accumulate(b.mm(gradientA)).sub_(gradientB.mm(gradientA));
        var product = gradient.mul_(b.mm(a).mul_(Kept(lora.Scale)).Accumulate(layer.Weight.Value.to(ScalarType.Float32))).abs_();
        var sum = (isReader ? product.t() : product).reshape(groups, -1).sum(1);
        return sum / sum.norm().Plus(1e-8);
    }

    private void Cut(Entry entry, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var size = entry.Groups.Size;
        var features = kept.unsqueeze(1).mul(Kept(size)).Plus(Range(0, size, kept.device)).flatten();
        foreach (var writer in entry.Groups.Writers)
        {
            writer.Weight.Cut(0, features);
            writer.Bias?.Cut(0, features);
            Cut(((Lora)writer.Adapter!).B, 0, features);
        }

        entry.Groups.Reader.Weight.Cut(1, features);
        Cut(((Lora)entry.Groups.Reader.Adapter!).A, 1, features);
        entry.Kept = entry.Kept.index_select(0, kept).DetachFromDisposeScope();
    }

    private void Cut(Weight trained, int dimension, Tensor features)
    {
        trained.Cut(dimension, features);
        run.CutMoments(trained, dimension, features);
    }

    /// <summary>The heads, or the channels, of one block.</summary>
    private sealed class Entry : IDisposable
    {
        private Tensor kept;
        private Tensor? importance;

        public Entry(PrunableGroups groups)
        {
            (Groups, Total) = (groups, groups.Count);
            kept = Range(0, Total, groups.Reader.Weight.Value.device).DetachFromDisposeScope();
        }

        public PrunableGroups Groups { get; }

        public long Total { get; }

        public IEnumerable<Projection> Layers => Groups.Writers.Append(Groups.Reader);

        // Of the original ones, those still there.
        public Tensor Kept { get => kept; set => Replace(ref kept!, value); }

        public Tensor? Importance { get => importance; set => Replace(ref importance, value); }

        public void Dispose()
        {
            kept.Dispose();
            importance?.Dispose();
        }

        private static void Replace(ref Tensor? field, Tensor? value)
        {
            field?.Dispose();
            field = value;
        }
    }
}
