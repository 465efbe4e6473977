using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>The LoRA adapters of a model: one unit of SAFE per block, which holds all adapters of that block.</summary>
public sealed class LoraAdapters
{
    private readonly (string Path, Lora Adapter)[][] units;

    private LoraAdapters(LoraOptions options, (string, Lora)[][] units) => (Options, this.units) = (options, units);

    /// <summary>The settings, with the target modules that were chosen.</summary>
    public LoraOptions Options { get; }

    /// <summary>Switched off, the model computes what the pre-trained one does.</summary>
    public bool Enabled
    {
        set
        {
            foreach (var (_, adapter) in units.SelectMany(unit => unit)) adapter.Enabled = value;
        }
    }

    /// <summary>Puts an adapter beside every target projection; nothing of the model but the adapters and the head trains afterwards.</summary>
    /// <param name="model">The model; its weights are loaded.</param>
    /// <param name="options">LoRA's settings.</param>
    /// <param name="blocks">Indices of the blocks that get adapters; null = all.</param>
    /// <exception cref="UsageException">A target module matches nothing, or matches in some blocks only.</exception>
    public static LoraAdapters Inject(Transformer model, LoraOptions options, IReadOnlyCollection<int>? blocks = null)
    {
        options.Check();
        var targets = options.TargetModules ?? model.Config.LoraTargets;
        foreach (var target in targets) Require(model, target);
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = false;
        var units = new (string, Lora)[model.Blocks.Count][];
        for (var i = 0; i < units.Length; i++)
            units[i] = blocks is null || blocks.Contains(i) ? [.. Targets(model.Blocks[i], targets).Select(found => (found.Path, Attach(found.Projection, options)))] : [];
        foreach (var (_, weight) in model.HeadWeights) weight.Trains = true;
        return new LoraAdapters(options with { TargetModules = targets }, units);
    }

    /// <summary>The weights of the unit of block <paramref name="block"/>; none where the block has no adapter.</summary>
    public IEnumerable<Weight> Unit(int block) => units[block].SelectMany(adapter => adapter.Adapter.NamedWeights()).Select(entry => entry.Weight);

    /// <summary>Whether block <paramref name="block"/> has adapters.</summary>
    public bool HasUnit(int block) => units[block].Length > 0;

    private static Lora Attach(Projection projection, LoraOptions options)
    {
        var adapter = new Lora(options, projection);
        projection.Adapter = adapter;
        foreach (var (_, weight) in adapter.NamedWeights()) weight.Trains = true;
        return adapter;
    }

    private static IEnumerable<(string Path, Projection Projection)> Targets(Block block, IEnumerable<string> targets) =>
        block.Named<Projection>().Where(entry => targets.Any(target => Matches(entry.Path, target))).Select(entry => (entry.Path, entry.Component));

    private static bool Matches(string path, string target) => path == target || path.EndsWith("." + target, StringComparison.Ordinal);

    private static void Require(Transformer model, string target)
    {
        int[] without = [.. Enumerable.Range(0, model.Blocks.Count).Where(i => !Targets(model.Blocks[i], [target]).Any())];
        if (without.Length == 0) return;
        string[] known = [.. model.Blocks[0].Named<Projection>().Select(entry => entry.Path)];
        throw new UsageException(without.Length == model.Blocks.Count
            ? $"The target module '{target}' matches nothing in the model's blocks; they have {string.Join(", ", known)}.{Nearest.Hint(target, known.Select(path => path[(path.LastIndexOf('.') + 1)..]))}"
            : $"The target module '{target}' matches nothing in block {string.Join(", ", without)}, though it does in others; name modules that all blocks have.");
    }
}
