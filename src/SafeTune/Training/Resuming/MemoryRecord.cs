namespace SafeTune.Training;

/// <summary>The memory columns of a run, gathered step by step. Peaks are above what was live when the step began.</summary>
internal sealed class MemoryRecord
{
    public long? ResidentBytes { get; set; }

    public long BeforeBytes { get; set; }

    public long AfterBytes { get; set; }

    public long ActivationBytes { get; set; }

    public double PeakSum { get; set; }

    public int Steps { get; set; }

    public bool HasFrozen { get; set; }

    /// <summary>Adds a step.</summary>
    /// <param name="resident">Live when it began.</param>
    /// <param name="activations">Held at the end of the forward pass.</param>
    /// <param name="peak">Above <paramref name="resident"/>.</param>
    public void Add(long resident, long activations, long peak)
    {
        ResidentBytes ??= resident;
        ActivationBytes = Math.Max(ActivationBytes, activations);
        if (HasFrozen) AfterBytes = Math.Max(AfterBytes, peak);
        else BeforeBytes = Math.Max(BeforeBytes, peak);
        PeakSum += peak;
        Steps++;
    }

    /// <summary>A freezing: the peak after the last one counts, so it starts anew.</summary>
    public void Froze() => (HasFrozen, AfterBytes) = (true, 0);
}
