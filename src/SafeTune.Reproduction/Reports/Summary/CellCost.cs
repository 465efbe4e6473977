using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Summary;

/// <summary>What one cell took: seconds and bytes as measured, FLOPs as counted; null what was not measured.</summary>
public sealed record CellCost(
    CellKey Key, string Status, double? TrainSeconds, double? ProbeSeconds, double? EvalSeconds, double? ProcessPeak, double? MemoryPeak, double? PredictedPeak, double? Flops, RunRow? Run)
{
    public double? Seconds => TrainSeconds + ProbeSeconds + EvalSeconds;

    internal static CellCost Of(CellResult cell)
    {
        ResultRow row = cell.Rows[0];
        return new CellCost(cell.Key, cell.Status, cell.Run?.TrainSeconds, cell.Run?.ProbeSeconds, cell.Run?.EvalSeconds, cell.Run?.ProcessPeakBytes,
            row.ResidentBytes + row.MemoryBeforeBytes, cell.Run?.PredictedPeakBytes, row.Quantity("flops"), cell.Run);
    }
}
