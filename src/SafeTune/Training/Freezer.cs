using SafeTune.Adapters;
using SafeTune.Freezing;
using SafeTune.Measurement;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>Carries out SAFE's decisions: a frozen unit leaves autograd and the optimizer for good, and what that freed is recorded.</summary>
internal sealed class Freezer(AdapterSet adapters, ForwardPass pass, AdamW optimizer, MemoryMeter? meter)
{
    /// <summary>Bytes of optimizer state that should have left with frozen units, and are still there; 0 unless somebody holds on to them.</summary>
    /// <remarks>Peaks are above what is resident, so that state which stays would show nowhere: they count these bytes as well.</remarks>
    public long KeptBytes { get; private set; }

    /// <summary>Freezes the blocks of a decision.</summary>
    /// <param name="decision">Of the probe just made.</param>
    /// <param name="scores">The probe's.</param>
    /// <param name="step">Steps completed.</param>
    /// <param name="heldByBlock">Bytes that each block's forward pass held in the step before; null without the meter.</param>
    /// <param name="heldBefore">Bytes that the whole forward pass held; likewise.</param>
    /// <param name="measure">Runs the forward pass of the same batch again and returns the bytes held.</param>
    public IReadOnlyList<FreezeEvent> Freeze(FreezeDecision decision, IReadOnlyList<double> scores, int step, long[]? heldByBlock, long? heldBefore, Func<long?> measure)
    {
        if (decision.NewlyFrozen.Count == 0) return [];
        var oldPrefix = pass.Prefix;
        var freed = decision.NewlyFrozen.Select(block => (Block: block, Gradients: GradientBytes(block), Optimizer: Freeze(block))).ToList();
        pass.Refresh();
        var predicted = heldByBlock?[oldPrefix..pass.Prefix].Sum();
        var measured = heldBefore - measure();
        return [.. freed.Select(unit => new FreezeEvent(
            unit.Block, decision.Probe, step, scores[unit.Block], decision.Tau, unit.Gradients, unit.Optimizer, predicted, measured))];
    }

    /// <summary>Freezes one block's unit and returns the bytes of optimizer state freed; the caller refreshes the pass.</summary>
    public long Freeze(int block)
    {
        var (before, said) = (meter?.CurrentBytes, 0L);
        foreach (var weight in adapters.Unit(block)) said += optimizer.Forget(weight);
        // An allocator may round up, so that more leaves than the numbers need.
        var freed = Math.Min(said, before - meter?.CurrentBytes ?? said);
        KeptBytes += said - freed;
        foreach (var weight in adapters.Unit(block)) weight.Trains = false;
        return freed;
    }

    private long GradientBytes(int block) => adapters.Unit(block).Sum(weight => weight.Elements * sizeof(float));
}
