namespace SafeTune.Reproduction.Results;

/// <summary>
/// One line of <c>results/&lt;scale&gt;/&lt;table&gt;.csv</c>: one metric of one cell, and everything about the cell that a rerun must repeat to the byte.
/// Scores are in the paper's units (× 100), bytes and FLOPs as counted. An empty field was not measured; <see cref="Reason"/> says why.
/// </summary>
public sealed record ResultRow : ICellKey
{
    public const string Ok = "ok", Failed = "failed", Refused = "refused";

    public string Scale { get; init; } = "";
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Method { get; init; } = "";
    public string Task { get; init; } = "";
    public int Seed { get; init; }
    public string Metric { get; init; } = "";
    public double? Value { get; init; }
    public string Status { get; init; } = Ok;
    public string Reason { get; init; } = "";
    /// <summary>Peak above <see cref="ResidentBytes"/> over the steps before the first freezing.</summary>
    public long? MemoryBeforeBytes { get; init; }
    /// <summary>Peak above <see cref="ResidentBytes"/> over the steps after the last freezing; equal to before when nothing freezes.</summary>
    public long? MemoryAfterBytes { get; init; }
    /// <summary>Mean of the per-step peaks above <see cref="ResidentBytes"/>.</summary>
    public double? MemoryMeanBytes { get; init; }
    /// <summary>Weights, optimizer state and other parameters.</summary>
    public long? ResidentBytes { get; init; }
    /// <summary>Held when the forward pass of a training step ends.</summary>
    public long? ActivationBytes { get; init; }
    public long? FlopsForward { get; init; }
    public long? FlopsInputGrad { get; init; }
    public long? FlopsWeightGrad { get; init; }
    public int? Steps { get; init; }
    public long? TrainableParameters { get; init; }
    public long? TotalParameters { get; init; }
    public double? FrozenFraction { get; init; }
    /// <summary>0-based; -1 when nothing in the blocks trains.</summary>
    public int? LowestTrainableLayer { get; init; }
    /// <summary>measured or planned</summary>
    public string Origin { get; init; } = "measured";
    public string Stack { get; init; } = "";
    public string Attention { get; init; } = "";
    public string Kernels { get; init; } = "";
    public int? RowsUsed { get; init; }
    public int? RowsPublished { get; init; }
    public string ConfigHash { get; init; } = "";
    public string DataHash { get; init; } = "";

    /// <summary>The quantities that claims and bands may name besides a metric.</summary>
    public static IReadOnlyList<string> Quantities { get; } =
    [
        "memory_before_bytes", "memory_after_bytes", "memory_mean_bytes", "resident_bytes", "activation_bytes", "memory_bytes",
        "flops_forward", "flops_input_grad", "flops_weight_grad", "flops",
        "trainable_parameters", "total_parameters", "frozen_fraction", "lowest_trainable_layer", "steps",
    ];

    /// <summary>A quantity by its column name; <c>memory_bytes</c> is resident + memory_after (what the paper's memory is held against), <c>flops</c> the sum of the three parts.</summary>
    public double? Quantity(string name) => name switch
    {
        "memory_before_bytes" => MemoryBeforeBytes,
        "memory_after_bytes" => MemoryAfterBytes,
        "memory_mean_bytes" => MemoryMeanBytes,
        "resident_bytes" => ResidentBytes,
        "activation_bytes" => ActivationBytes,
        "memory_bytes" => ResidentBytes + MemoryAfterBytes,
        "flops_forward" => FlopsForward,
        "flops_input_grad" => FlopsInputGrad,
        "flops_weight_grad" => FlopsWeightGrad,
        "flops" => FlopsForward + FlopsInputGrad + FlopsWeightGrad,
        "trainable_parameters" => TrainableParameters,
        "total_parameters" => TotalParameters,
        "frozen_fraction" => FrozenFraction,
        "lowest_trainable_layer" => LowestTrainableLayer,
        "steps" => Steps,
        _ => null,
    };
}
