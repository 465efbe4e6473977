using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>BitFit has no settings: the model's own biases are trained, nothing else (Ben Zaken et al. 2022).</summary>
public sealed record BitFitOptions : AdapterOptions
{
    /// <inheritdoc/>
    public override string Method => "bitfit";

    /// <inheritdoc/>
    public override string Summary => "all biases";

    /// <inheritdoc/>
    public override void Check()
    {
    }

    /// <inheritdoc/>
    public override AdapterSet Inject(Transformer model, IReadOnlyCollection<int>? blocks = null) => BitFit.Inject(model, blocks);
}

/// <summary>BitFit: the biases of the blocks train, those of LayerNorms included. A block's unit is all of its biases.</summary>
/// <remarks>The pre-trained biases are kept beside: they are the reference of SAFE's score, and what tells a changed bias from an unchanged one.</remarks>
public sealed class BitFit : AdapterSet, IDisposable
{
    private readonly Entry[][] units;
    private readonly bool[] off;

    private BitFit(Transformer model, Entry[][] units) : base(model) => (this.units, off) = (units, new bool[units.Length]);

    /// <inheritdoc/>
    public override BitFitOptions Settings { get; } = new();

    /// <inheritdoc/>
    public override void Enable(int block, bool on)
    {
        if (off[block] != on) return;
        off[block] = !on;
        foreach (var entry in units[block]) entry.Other = entry.Weight.Swap(entry.Other!);
    }

    /// <summary>The biases with their paths in the model.</summary>
    public IEnumerable<(string Path, Weight Weight)> Biases => units.SelectMany(unit => unit).Select(entry => (entry.Path, entry.Weight));

    /// <summary>Those that differ from the pre-trained ones.</summary>
    public IEnumerable<(string Path, Weight Weight)> Changed =>
        units.SelectMany(unit => unit).Where(entry => !entry.Other!.eq(entry.Weight.Value).all().item<bool>()).Select(entry => (entry.Path, entry.Weight));

    /// <summary>Makes the biases of the blocks train.</summary>
    /// <inheritdoc cref="BitFitOptions.Inject"/>
    public static BitFit Inject(Transformer model, IReadOnlyCollection<int>? blocks = null)
    {
        var paths = model.NamedWeights().ToDictionary(entry => entry.Weight, entry => entry.Path);
        var units = new Entry[model.Blocks.Count][];
        for (var i = 0; i < units.Length; i++)
        {
            Weight[] biases = [.. model.Blocks[i].NamedWeights().Select(entry => entry.Weight).Where(weight => weight.Name == "bias")];
            if (biases.Length == 0) throw new UsageException($"BitFit trains biases, and block {i} of this {model.Config.ModelType} model has none; choose another method.");
            units[i] = blocks is null || blocks.Contains(i) ? [.. biases.Select(bias => new Entry(paths[bias], bias))] : [];
        }

        TrainOnly(model, units.SelectMany(unit => unit).Select(entry => entry.Weight));
        return new BitFit(model, units);
    }

    /// <summary>The pre-trained biases.</summary>
    public override long KeptBytes => Biases.Sum(entry => entry.Weight.Elements) * sizeof(float);

    /// <inheritdoc/>
    public override IEnumerable<Weight> Unit(int block) => units[block].Select(entry => entry.Weight);

    /// <summary>Nothing to do: the biases are the model's own.</summary>
    /// <inheritdoc/>
    public override int Merge() => Changed.All(entry => entry.Weight.Value.isfinite().all().item<bool>())
        ? Changed.Count()
        : throw new UsageException($"The bias '{Changed.First(entry => !entry.Weight.Value.isfinite().all().item<bool>()).Path}' holds values that are no numbers; train it again, at a lower learning rate.");

    /// <inheritdoc/>
    public override void Write(string folder, string? baseModel) => BitFitFolder.Write(folder, this, baseModel);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in units.SelectMany(unit => unit)) entry.Other?.Dispose();
    }

    private sealed class Entry(string path, Weight weight)
    {
        public string Path { get; } = path;

        public Weight Weight { get; } = weight;

        /// <summary>The pre-trained values while the trained ones are in place, and the other way round; null in a model that is not loaded.</summary>
        public Tensor? Other { get; set; } = weight.IsLoaded ? weight.Value.detach().clone().DetachFromDisposeScope() : null;
    }
}
