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

    /// <summary>The last freezing was after the last step.</summary>
    public bool HasJustFrozen { get; set; }

    /// <summary>Adds a step.</summary>
    /// <param name="resident">Live when it began.</param>
    /// <param name="activations">Held at the end of the forward pass.</param>
    /// <param name="peak">Above <paramref name="resident"/>.</param>
    public void Add(long resident, long activations, long peak)
    {
        ResidentBytes ??= resident;
        ActivationBytes = Math.Max(ActivationBytes, activations);
        if (HasFrozen) AfterBytes = HasJustFrozen ? peak : Math.Max(AfterBytes, peak);
        else BeforeBytes = Math.Max(BeforeBytes, peak);
        HasJustFrozen = false;
        PeakSum += peak;
        Steps++;
    }

    /// <summary>A freezing: the peak after the last one counts, so it starts anew with the next step. When there is none, what was before stands.</summary>
    public void Froze()
    {
        if (!HasFrozen) AfterBytes = BeforeBytes;
        (HasFrozen, HasJustFrozen) = (true, true);
    }
}
