namespace SafeTune.Baselines;

/// <summary>What a baseline does around the steps of a training with adapters.</summary>
public abstract class Baseline
{
    /// <summary>Before the forward pass of a step.</summary>
    /// <param name="step">The step's number, from 0.</param>
    public virtual void BeforeStep(int step)
    {
    }

    /// <summary>After the update; what <see cref="BeforeStep"/> changed for one step is put back.</summary>
    /// <param name="step">The same number.</param>
    public virtual void AfterStep(int step)
    {
    }
}
