using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Cells;

/// <summary>One (table, method, column, model, seed, scale) with everything that decides its numbers.</summary>
public sealed record Cell
{
    public required CellKey Key { get; init; }
    public required Column Column { get; init; }
    public required Experiment Experiment { get; init; }
    /// <summary>The configuration as canonical JSON: sorted names, no paths.</summary>
    public required string Configuration { get; init; }
    /// <summary>SHA-256 of <see cref="Configuration"/>.</summary>
    public required string ConfigHash { get; init; }
    public required TaskData Data { get; init; }
    /// <summary>The GPU that trains; null = the CPU.</summary>
    public required string? Gpu { get; init; }
    public required string ModelFolder { get; init; }
    /// <summary>artifacts/runs/&lt;hash of configuration, data and device&gt;. The table is left out: what two tables share is trained once.</summary>
    public required string Folder { get; init; }

    public string LockFile => Path.Combine(Folder, ".lock");
    public string RowFile => Path.Combine(Folder, "row.csv");
    public string RunFile => Path.Combine(Folder, "run.csv");
    public string LayersFile => Path.Combine(Folder, "layers.csv");
    public string CurveFile => Path.Combine(Folder, "curve.csv");
    /// <summary>Step by step, written by the training.</summary>
    public string MetricsFile => Path.Combine(Folder, "metrics.jsonl");
    public string DescriptionFile => Path.Combine(Folder, "cell.json");
}
