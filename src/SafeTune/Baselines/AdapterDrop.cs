using SafeTune.Adapters;
using SafeTune.Models;

namespace SafeTune.Baselines;

/// <summary>AdapterDrop, which has no settings.</summary>
public sealed record AdapterDropOptions : BaselineOptions
{
    /// <inheritdoc/>
    public override string Name => "adapterdrop";

    /// <inheritdoc/>
    public override string Summary => "a random number of leading blocks without adapters in each step";

    /// <inheritdoc/>
    public override Baseline Begin(BaselineRun run) => new AdapterDrop(run.Adapters, run.Pass, run.Seed);
}

/// <summary>AdapterDrop (Rücklé et al. 2021, section 3.2, "robust" training): in every step a random number of leading blocks runs without adapters.</summary>
/// <remarks>
/// n is drawn evenly from 0 to L - 1. The blocks without adapters have nothing to train, so they run without autograd, and the backward pass ends above them: compute falls,
/// and so does the mean memory, but not the peak, which the steps with n = 0 decide.
/// </remarks>
/// <param name="adapters">The adapters.</param>
/// <param name="pass">The corridor.</param>
/// <param name="seed">Of the run; a step's n follows from it and from the step's number alone.</param>
public sealed class AdapterDrop(AdapterSet adapters, ForwardPass pass, int seed) : Baseline
{
    /// <summary>How many leading blocks a step leaves out.</summary>
    public int Dropped(int step) => new Random(unchecked((seed * 1_000_003) + step)).Next(adapters.Model.Blocks.Count);

    /// <inheritdoc/>
    public override void BeforeStep(int step)
    {
        var dropped = Dropped(step);
        for (var block = 0; block < dropped; block++) adapters.Enable(block, on: false);
        pass.Refresh(dropped);
    }

    /// <inheritdoc/>
    public override void AfterStep(int step)
    {
        adapters.Enabled = true;
        pass.Refresh();
    }
}
