using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Baselines;

/// <summary>What a baseline does around the steps of a training with adapters.</summary>
public abstract class Baseline
{
    /// <summary>Bytes of pre-trained weights that have left memory for good.</summary>
    public virtual long FreedBytes => 0;

    /// <summary>Before the first step of a training that was not resumed.</summary>
    /// <param name="batch">The first step's.</param>
    public virtual void Start(Batch batch)
    {
    }

    /// <summary>Before the forward pass of a step.</summary>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void BeforeStep(int step)
    {
    }

    /// <summary>After the backward pass, while the gradients are there, and before the update.</summary>
    /// <param name="step">The same number.</param>
    public virtual void BeforeUpdate(int step)
    {
    }

    /// <summary>After the update; what <see cref="BeforeStep"/> changed for one step is put back.</summary>
    /// <param name="step">The same number.</param>
    public virtual void AfterStep(int step)
    {
    }

    /// <summary>Tensors that a resumed run needs.</summary>
    public virtual IEnumerable<(string Name, Tensor Value)> State() => [];

    /// <summary>Takes back what <see cref="State"/> gave, before the trained weights get their values back.</summary>
    /// <param name="read">Reads a tensor by its name; it is the baseline's from then on.</param>
    public virtual void Restore(Func<string, Tensor> read)
    {
    }
}
