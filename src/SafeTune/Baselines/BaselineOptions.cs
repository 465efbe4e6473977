using SafeTune.Adapters;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Baselines;

/// <summary>The settings of a baseline: what follows the plus in a method such as <c>lora+adapterdrop</c>.</summary>
public abstract record BaselineOptions
{
    /// <summary>The name, as in the paper's tables.</summary>
    public abstract string Name { get; }

    /// <summary>The settings in a few words, for people.</summary>
    public abstract string Summary { get; }

    /// <summary>Whether the trained adapters belong to the pre-trained network; otherwise they can be compared, but not saved in a layout that others read.</summary>
    public virtual bool KeepsNetwork => true;

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="UsageException">Names the setting and what is allowed.</exception>
    public virtual void Check()
    {
    }

    /// <summary>Puts the adapters into a model, as the baseline wants them.</summary>
    /// <param name="adapter">The adapters' settings.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="UsageException">The baseline does not know this kind of model or adapter.</exception>
    public virtual AdapterSet Inject(AdapterOptions adapter, Transformer model) => adapter.Inject(model);

    /// <summary>What it does around the steps; null = nothing.</summary>
    public virtual Baseline? Begin(BaselineRun run) => null;
}

/// <summary>The training that a baseline works in.</summary>
/// <param name="Adapters">The adapters.</param>
/// <param name="Pass">The corridor.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Steps">Of the whole training.</param>
/// <param name="CutMoments">Cuts the optimizer's moments of a weight that was <see cref="Weight.Cut"/> in the same way.</param>
public sealed record BaselineRun(AdapterSet Adapters, ForwardPass Pass, int Seed, int Steps, Action<Weight, int, Tensor> CutMoments);
