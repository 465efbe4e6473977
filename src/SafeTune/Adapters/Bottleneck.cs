using SafeTune.Models;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>Where a bottleneck stands and what it reads.</summary>
public enum BottleneckKind
{
    /// <summary>After attention and after the feed-forward part, on the sub-layer's output (Houlsby et al. 2019).</summary>
    Houlsby,

    /// <summary>After the feed-forward part only, on the normalised sum of its output and input (Pfeiffer et al. 2021).</summary>
    Pfeiffer,
}

/// <summary>A bottleneck adapter's settings; the defaults are adapter-hub's.</summary>
/// <param name="Kind">Houlsby or Pfeiffer.</param>
/// <param name="Reduction">A hidden state's features over the bottleneck's.</param>
/// <param name="Activation"><c>swish</c>, <c>relu</c> or <c>gelu</c>; null = Houlsby's swish, Pfeiffer's relu.</param>
/// <param name="Name">The adapter's name in adapter-hub's files.</param>
public sealed record BottleneckOptions(BottleneckKind Kind, double Reduction = 16, string? Activation = null, string Name = "safetune") : AdapterOptions
{
    /// <summary>The activations that are known, by adapter-hub's names.</summary>
    public static IReadOnlyList<string> Activations { get; } = ["swish", "relu", "gelu"];

    /// <summary>The activation with its default filled in.</summary>
    public string NonLinearity => Activation ?? (Kind == BottleneckKind.Houlsby ? "swish" : "relu");

    /// <inheritdoc/>
    public override string Method => Kind == BottleneckKind.Houlsby ? "houlsby" : "pfeiffer";

    /// <inheritdoc/>
    public override string Summary => FormattableString.Invariant($"reduction {Reduction}, {NonLinearity}");

    /// <inheritdoc/>
    public override void Check()
    {
        if (!(Reduction >= 1)) throw new UsageException(FormattableString.Invariant($"The reduction factor of a bottleneck must be at least 1, not {Reduction}."));
        if (!Activations.Contains(NonLinearity))
            throw new UsageException($"The activation '{NonLinearity}' of a bottleneck is not known; known: {string.Join(", ", Activations)}.{Nearest.Hint(NonLinearity, Activations)}");
    }

    /// <inheritdoc/>
    public override AdapterSet Inject(Transformer model, IReadOnlyCollection<int>? blocks = null) => Bottlenecks.Inject(model, this, blocks);
}

/// <summary>A bottleneck B(h) = U σ(D h) on a sub-layer's output f with the sub-layer's input x: LN(B(f) + f + x) (Houlsby), LN(B(LN(f + x)) + f + x) with the same LN twice (Pfeiffer).</summary>
/// <remarks>As adapter-hub's <c>adapters</c> 1.3 computes them; in families without a LayerNorm there, LN is left out.</remarks>
public sealed class Bottleneck : Component, IResidualAdapter
{
    // init_bert_weights of adapter-hub.
    private const double Deviation = 0.02;
    private readonly Projection down, up;
    private readonly BottleneckOptions options;

    /// <summary>A bottleneck with adapter-hub's random weights; nothing is allocated when <paramref name="device"/> is null.</summary>
    public Bottleneck(BottleneckOptions options, long features, Device? device)
    {
        this.options = options;
        var size = Math.Max(1, (long)(features / options.Reduction));
        down = Register($"adapters.{options.Name}.adapter_down.0", new Projection(features, size));
        up = Register($"adapters.{options.Name}.adapter_up", new Projection(size, features));
        if (device is null) return;
        using var off = no_grad();
        foreach (var (_, weight) in NamedWeights())
        {
            var value = empty([.. weight.Shape], ScalarType.Float32, device);
            weight.Set(weight.Initial is { } all ? value.fill_(Kept(all)) : value.normal_(0, Deviation));
        }
    }

    /// <inheritdoc/>
    public bool Enabled { get; set; } = true;

    /// <inheritdoc/>
    public Tensor Apply(Tensor f, Tensor x, LayerNorm? norm)
    {
        using var scope = NewDisposeScope();
        var h = options.Kind == BottleneckKind.Houlsby ? f : norm is null ? f.Plus(x) : norm.Forward(f.Plus(x));
        var low = down.Forward(h);                                                      // [batch, seq, bottleneck]
        var active = options.NonLinearity switch
        {
            "swish" => low.silu(),
            "relu" => low.relu(),
            _ => low.gelu(),
        };
        var sum = up.Forward(active).to(f.dtype).Accumulate(f).Accumulate(x);
        return (norm is null ? sum : norm.Forward(sum)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public FakeTensor Trace(FakeTensor f, FakeTensor x, LayerNorm? norm)
    {
        using var scope = f.Tape.Scope();
        var h = options.Kind == BottleneckKind.Houlsby ? f : norm is null ? f.Plus(x) : norm.Trace(f.Plus(x));
        var low = down.Trace(h);
        var active = options.NonLinearity == "relu" ? low.KeepingOutput() : low.KeepingInput();
        var sum = up.Trace(active).AddInPlace(f).AddInPlace(x);
        return f.Tape.Keep(norm is null ? sum : norm.Trace(sum));
    }
}

/// <summary>The bottlenecks of a model: a block's unit is all of its bottlenecks, Houlsby's two together.</summary>
public sealed class Bottlenecks : AdapterSet
{
    private readonly Bottleneck[][] units;

    private Bottlenecks(Transformer model, BottleneckOptions options, Bottleneck[][] units) : base(model) => (Settings, this.units) = (options, units);

    /// <inheritdoc/>
    public override BottleneckOptions Settings { get; }

    /// <inheritdoc/>
    public override void Enable(int block, bool on)
    {
        foreach (var bottleneck in units[block]) bottleneck.Enabled = on;
    }

    /// <summary>Puts bottlenecks at the ends of the blocks' sub-layers.</summary>
    /// <inheritdoc cref="BottleneckOptions.Inject"/>
    public static Bottlenecks Inject(Transformer model, BottleneckOptions options, IReadOnlyCollection<int>? blocks = null)
    {
        options.Check();
        var isLoaded = model.NamedWeights().First().Weight.IsLoaded;
        var units = new Bottleneck[model.Blocks.Count][];
        for (var i = 0; i < units.Length; i++)
        {
            // A block ends its attention first, its feed-forward part last.
            Residual[] ends = [.. model.Blocks[i].Named<Residual>().Select(entry => entry.Component)];
            if (options.Kind == BottleneckKind.Pfeiffer) ends = [ends[^1]];
            units[i] = blocks is null || blocks.Contains(i) ? [.. ends.Select(end => Attach(end, options, isLoaded ? model.Device : null))] : [];
        }

        TrainOnly(model, units.SelectMany(unit => unit).SelectMany(bottleneck => bottleneck.NamedWeights()).Select(entry => entry.Weight));
        return new Bottlenecks(model, options, units);
    }

    /// <inheritdoc/>
    public override IEnumerable<Weight> Unit(int block) => units[block].SelectMany(bottleneck => bottleneck.NamedWeights()).Select(entry => entry.Weight);

    /// <inheritdoc/>
    public override void Write(string folder, string? baseModel) => AdapterHubFolder.Write(folder, this, baseModel);

    private static Bottleneck Attach(Residual end, BottleneckOptions options, Device? device)
    {
        var bottleneck = new Bottleneck(options, end.Features, device);
        end.Adapter = bottleneck;
        return bottleneck;
    }
}
