namespace SafeTune.Reproduction.Resources;

/// <summary>One line of results/resources-…/&lt;table&gt;.csv: what a training step takes while some blocks are frozen.</summary>
public sealed record ResourceRow
{
    public string Table { get; set; } = "";

    public string Model { get; set; } = "";

    /// <summary>As in the paper's tables: with <c>+safe</c> where blocks are frozen.</summary>
    public string Method { get; set; } = "";

    public string Task { get; set; } = "";

    /// <summary>Examples in a step.</summary>
    public int Batch { get; set; }

    /// <summary>Examples that go through the model together.</summary>
    public int MicroBatch { get; set; }

    /// <summary>Tokens of a text, or the side of an image in pixels.</summary>
    public long Length { get; set; }

    /// <summary>One of <see cref="ResourceCell"/>'s.</summary>
    public string State { get; set; } = "";

    /// <summary>Leading blocks whose adapters are frozen.</summary>
    public int FrozenBlocks { get; set; }

    public int Blocks { get; set; }

    /// <summary><c>measured</c>, <c>planned</c> or, in a table made of others, <c>mean</c>.</summary>
    public string Source { get; set; } = "";

    /// <summary>Why it was not measured.</summary>
    public string? Reason { get; set; }

    /// <summary>Weights and optimizer state.</summary>
    public long? ResidentBytes { get; set; }

    /// <summary>Held at the end of the forward pass, above the resident ones.</summary>
    public long? ActivationBytes { get; set; }

    /// <summary>Most held in a step, above the resident ones.</summary>
    public long? PeakBytes { get; set; }

    /// <summary>Matrix products of a step.</summary>
    public long? Flops { get; set; }

    /// <summary>Median of the measured steps.</summary>
    public double? StepSeconds { get; set; }

    /// <summary>The planner's, made from the configuration alone; of a CPU's operators.</summary>
    public long? PlannedResidentBytes { get; set; }

    /// <inheritdoc cref="PlannedResidentBytes"/>
    public long? PlannedPeakBytes { get; set; }

    public string Device { get; set; } = "";

    public string Torch { get; set; } = "";

    /// <summary>Most held at once.</summary>
    internal long? MemoryBytes => ResidentBytes + PeakBytes;
}
