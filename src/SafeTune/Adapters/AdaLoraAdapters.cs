using SafeTune.Models;
using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>The AdaLoRA adapters of a model: a block's unit is all adapters of that block; the budget of ranks is shared by all blocks that train.</summary>
public sealed class AdaLoraAdapters : AdapterSet, IDisposable
{
    private readonly (string Path, AdaLora Adapter)[][] units;
    private readonly RankAllocator allocator;

    private AdaLoraAdapters(Transformer model, AdaLoraOptions options, (string Path, AdaLora Adapter)[][] units, IReadOnlyDictionary<string, IReadOnlyList<bool>>? kept) : base(model)
    {
        (Settings, this.units, Kept) = (options, units, kept ?? new Dictionary<string, IReadOnlyList<bool>>());
        allocator = new RankAllocator(options, [.. units.SelectMany(unit => unit)]);
    }

    /// <summary>The settings, with the target modules that were chosen.</summary>
    public override AdaLoraOptions Settings { get; }

    /// <inheritdoc/>
    public override void Enable(int block, bool on)
    {
        foreach (var (_, adapter) in units[block]) adapter.Enabled = on;
    }

    /// <summary>Ranks left in each adapter, by the path of its projection in the model.</summary>
    public IReadOnlyDictionary<string, int> Ranks => allocator.Ranks;

    /// <summary>Which of the initial ranks the adapters have of which peft had saved some only, by the path of their projection.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<bool>> Kept { get; }

    /// <summary>Puts an adapter beside every target projection.</summary>
    /// <inheritdoc cref="AdapterOptions.Inject"/>
    public static AdaLoraAdapters Inject(Transformer model, AdaLoraOptions options, IReadOnlyCollection<int>? blocks = null) => Inject(model, options, blocks, null);

    /// <summary>The same with some of the ranks only for some projections, as peft saves adapters that were cut.</summary>
    internal static AdaLoraAdapters Inject(Transformer model, AdaLoraOptions options, IReadOnlyCollection<int>? blocks, IReadOnlyDictionary<string, IReadOnlyList<bool>>? kept)
    {
        options.Check();
        var paths = model.Named<Projection>().ToDictionary(entry => entry.Component, entry => entry.Path);
        var units = TargetModules.Find(model, options.TargetModules, blocks).Select(unit => unit.Select(target =>
        {
            if (target.Slices is not null) throw new UsageException($"AdaLoRA adapts whole projections, not slices such as '{target.Path}.{target.Slices[0]}'; name the projection.");
            var path = paths[target.Projection];
            var adapter = new AdaLora(options, target.Projection, kept?.GetValueOrDefault(path)?.Count(stays => stays) ?? options.InitialRank);
            target.Projection.Adapter = adapter;
            return (path, adapter);
        }).ToArray()).ToArray();
        if (kept?.Keys.Except(units.SelectMany(unit => unit).Select(entry => entry.path)).FirstOrDefault() is { } odd)
            throw new UsageException($"The rank pattern of the AdaLoRA adapter names '{odd}', which it does not adapt in this model; is it the right base model?");
        var adapters = new AdaLoraAdapters(model, options with { TargetModules = options.TargetModules ?? model.Config.LoraTargets }, units, kept);
        TrainOnly(model, Enumerable.Range(0, units.Length).SelectMany(adapters.Unit));
        return adapters;
    }

    /// <inheritdoc/>
    public override IEnumerable<Weight> Unit(int block) => units[block].SelectMany(entry => entry.Adapter.NamedWeights()).Select(entry => entry.Weight);

    /// <summary>The averages of importance and uncertainty.</summary>
    public override long KeptBytes => Enumerable.Range(0, units.Length).SelectMany(Unit).Where(weight => weight.Trains).Sum(weight => weight.Elements) * 2 * sizeof(float);

    /// <summary>The mean distance of the singular vectors from orthogonality, over the matrices that train, times its weight.</summary>
    public override Tensor? Penalty()
    {
        AdaLora[] training = [.. units.SelectMany(unit => unit).Select(entry => entry.Adapter).Where(adapter => adapter.A.Trains)];
        if (training.Length == 0 || Settings.OrthogonalWeight == 0) return null;
        using var scope = NewDisposeScope();
        var sum = training.Select(adapter => adapter.Orthogonality()).Aggregate(Scalars.Plus);
        return sum.Times(Settings.OrthogonalWeight / (2 * training.Length)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Updated(int step) => allocator.Updated(step);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State() => allocator.State();

    /// <inheritdoc/>
    public override void Restore(IReadOnlySet<string> names, Func<string, Tensor> read) => allocator.Restore(names, read);

    /// <inheritdoc/>
    public override int Merge() => MergeProjections();

    /// <inheritdoc/>
    public override void Write(string folder, string? baseModel) => PeftFolder.Write(folder, this, baseModel);

    /// <inheritdoc/>
    public void Dispose() => allocator.Dispose();
}
