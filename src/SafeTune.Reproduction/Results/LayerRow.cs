namespace SafeTune.Reproduction.Results;

/// <summary>
/// One line of <c>results/&lt;scale&gt;/&lt;table&gt;.layers.csv</c>: one block at one probe of one cell. It is what the report's freezing
/// pattern is drawn from, and repeats to the byte like the table itself. Blocks count from 0, as in lowest_trainable_layer.
/// </summary>
public sealed record LayerRow : ICellKey
{
    public const string Trains = "trains", Freezes = "freezes", Frozen = "frozen";

    public string Scale { get; init; } = "";
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Method { get; init; } = "";
    public string Task { get; init; } = "";
    public int Seed { get; init; }
    public int Probe { get; init; }
    public double Epoch { get; init; }
    public int Block { get; init; }
    /// <summary>Importance, 1 - CKA.</summary>
    public double Score { get; init; }
    /// <summary>The threshold at this probe; 0 in warm-up and for methods that do not freeze.</summary>
    public double Tau { get; init; }
    public bool WarmUpEnded { get; init; }
    /// <summary>trains, freezes (at this probe) or frozen (before it).</summary>
    public string State { get; init; } = "";
    public int? Step { get; init; }
    public long? GradientBytes { get; init; }
    public long? OptimizerBytes { get; init; }
    public long? ActivationBytesPredicted { get; init; }
    public long? ActivationBytesMeasured { get; init; }
}
