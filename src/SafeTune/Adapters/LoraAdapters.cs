using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>The LoRA adapters of a model: a block's unit is all adapters of that block.</summary>
public sealed class LoraAdapters : AdapterSet
{
    private readonly (string Path, IProjectionAdapter Adapter)[][] units;

    private LoraAdapters(Transformer model, LoraOptions options, (string, IProjectionAdapter)[][] units) : base(model) => (Settings, this.units) = (options, units);

    /// <summary>The settings, with the target modules that were chosen.</summary>
    public override LoraOptions Settings { get; }

    /// <inheritdoc/>
    public override void Enable(int block, bool on)
    {
        foreach (var (_, adapter) in units[block]) adapter.Enabled = on;
    }

    /// <summary>Puts an adapter beside every target projection.</summary>
    /// <inheritdoc cref="AdapterOptions.Inject"/>
    public static LoraAdapters Inject(Transformer model, LoraOptions options, IReadOnlyCollection<int>? blocks = null)
    {
        options.Check();
        var targets = TargetModules.Find(model, options.TargetModules, blocks);
        (string, IProjectionAdapter)[][] units = [.. targets.Select(unit => unit.Select(target => (target.Path, Attach(target, options))).ToArray())];
        var adapters = new LoraAdapters(model, options with { TargetModules = options.TargetModules ?? model.Config.LoraTargets }, units);
        TrainOnly(model, Enumerable.Range(0, units.Length).SelectMany(adapters.Unit));
        return adapters;
    }

    /// <inheritdoc/>
    public override IEnumerable<Weight> Unit(int block) => units[block].SelectMany(entry => ((Component)entry.Adapter).NamedWeights()).Select(entry => entry.Weight);

    /// <inheritdoc/>
    public override int Merge() => MergeProjections();

    /// <inheritdoc/>
    public override void Write(string folder, string? baseModel) => PeftFolder.Write(folder, this, baseModel);

    private static IProjectionAdapter Attach(Target target, LoraOptions options) =>
        target.Projection.Adapter = target.Slices is { } slices ? new SlicedLora(options, target.Projection, slices) : new Lora(options, target.Projection);
}
