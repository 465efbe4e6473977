using SafeTune.Models;
using SafeTune.Torch;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>What was added to a model, or chosen in it, to be trained: one unit of SAFE per block.</summary>
public abstract class AdapterSet(Transformer model)
{
    /// <summary>The model that carries the adapters.</summary>
    public Transformer Model { get; } = model;

    /// <summary>The settings.</summary>
    public abstract AdapterOptions Settings { get; }

    /// <summary>Switched off, the model computes what the pre-trained one does: the reference of SAFE's score.</summary>
    public bool Enabled
    {
        set
        {
            for (var block = 0; block < Model.Blocks.Count; block++) Enable(block, value);
        }
    }

    /// <summary>Switches the adapters of one block on or off.</summary>
    public abstract void Enable(int block, bool on);

    /// <summary>The weights of the unit of block <paramref name="block"/>, which freeze together; none where the block has no adapter.</summary>
    public abstract IEnumerable<Weight> Unit(int block);

    /// <summary>Whether block <paramref name="block"/> has adapters.</summary>
    public bool HasUnit(int block) => Unit(block).Any();

    /// <summary>Bytes that the method keeps beside weights, gradients and the optimizer's moments.</summary>
    public virtual long KeptBytes => 0;

    /// <summary>What the method adds to the loss, a scalar; null = nothing.</summary>
    public virtual Tensor? Penalty() => null;

    /// <summary>Called after each update of the weights, while the gradients are still there.</summary>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void Updated(int step)
    {
    }

    /// <summary>Tensors beyond the weights that a resumed run needs.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> State() => [];

    /// <summary>Takes back what <see cref="State"/> gave.</summary>
    /// <param name="names">What is there.</param>
    /// <param name="read">Reads a tensor by its name; it is the set's from then on.</param>
    public virtual void Restore(IReadOnlySet<string> names, Func<string, Tensor> read)
    {
    }

    /// <summary>Writes the adapters into the pre-trained weights and removes them; the model computes the same.</summary>
    /// <returns>How many weights of the model now differ from the pre-trained ones.</returns>
    /// <exception cref="UsageException">The method cannot be merged, or the adapters hold values that are no numbers.</exception>
    public virtual int Merge() => throw new UsageException($"Adapters of the method '{Settings.Method}' cannot be merged into the weights: they compute something that no weight of the model does.");

    /// <summary>Writes the adapters' folder in the layout that the method's users know.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="baseModel">Path or name of the pre-trained model; null = not recorded.</param>
    public abstract void Write(string folder, string? baseModel);

    /// <summary>Adds to every projection's weight what its adapter amounts to, and removes the adapter.</summary>
    /// <returns>How many weights changed.</returns>
    /// <exception cref="UsageException">A difference is no finite number.</exception>
    private protected int MergeProjections()
    {
        using var off = no_grad();
        var changed = 0;
        foreach (var (path, projection) in Model.Named<Projection>())
        {
            if (projection.Adapter is not { } adapter) continue;
            using var scope = NewDisposeScope();
            var difference = adapter.Delta();
            if (!difference.isfinite().all().item<bool>()) throw new UsageException($"The adapter of '{path}' holds values that are no numbers; it cannot be merged. Train it again, at a lower learning rate.");
            if (difference.ne(Kept(0)).any().item<bool>()) changed++;
            projection.Weight.Value.Accumulate((projection.IsInputFirst ? difference.t() : difference).to(projection.Weight.Value.dtype));
            ((Component)adapter).Dispose();
            projection.Adapter = null;
        }

        return changed;
    }

    /// <summary>Makes nothing train but the given weights and the head.</summary>
    protected static void TrainOnly(Transformer model, IEnumerable<Weight> weights)
    {
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = false;
        foreach (var weight in weights) weight.Trains = true;
        foreach (var (_, weight) in model.HeadWeights) weight.Trains = true;
    }
}

/// <summary>The settings of an adapter method.</summary>
public abstract record AdapterOptions
{
    /// <summary>The method's name, as in the paper's tables.</summary>
    public abstract string Method { get; }

    /// <summary>The settings in a few words, for people.</summary>
    public abstract string Summary { get; }

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="UsageException">Names the setting and what is allowed.</exception>
    public abstract void Check();

    /// <summary>Puts the adapters into a model; nothing but them and the head trains afterwards.</summary>
    /// <param name="model">The model.</param>
    /// <param name="blocks">Indices of the blocks that get adapters; null = all.</param>
    /// <exception cref="UsageException">The model has no place for them.</exception>
    public abstract AdapterSet Inject(Transformer model, IReadOnlyCollection<int>? blocks = null);
}
