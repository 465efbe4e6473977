namespace SafeTune.Reproduction.Results;

/// <summary>One line of <c>results/&lt;scale&gt;/&lt;table&gt;.runs.csv</c>: what of a cell depends on the machine and the day.</summary>
public sealed record RunRow : ICellKey
{
    public string Scale { get; init; } = "";
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Method { get; init; } = "";
    public string Task { get; init; } = "";
    public int Seed { get; init; }
    public double? TrainSeconds { get; init; }
    public double? ProbeSeconds { get; init; }
    public double? EvalSeconds { get; init; }
    public long? ProcessPeakBytes { get; init; }
    public long? PredictedPeakBytes { get; init; }
    /// <summary>Device with processor, threads and BLAS.</summary>
    public string Device { get; init; } = "";
    public string Torch { get; init; } = "";
    public string Dotnet { get; init; } = "";
    public string Commit { get; init; } = "";
    public bool? Dirty { get; init; }
    public string StartedUtc { get; init; } = "";
}
