using SafeTune.Reproduction.Reports.Summary;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>Seconds, bytes and FLOPs of every cell.</summary>
internal static class CellCostBlocks
{
    public static IEnumerable<Block> Of(ReportModel model)
    {
        TableReport[] tables = [.. model.Tables.Where(table => table.CellCosts.Any(cell => cell.Seconds is not null))];
        if (tables.Length == 0)
            yield break;
        yield return new Heading(2, "What it cost");
        yield return new Prose("Every cell: seconds of training, of SAFE's probes and of scoring, the process's own peak by the operating system, the training's peak by libtorch's allocator "
            + "(weights, optimizer and everything above; until the first freezing), in MB (10⁶ bytes), what the planner predicted for it before the training began, and the training's matrix products. "
            + "Seconds are of the machine named in the table's section." + Predicted([.. tables.SelectMany(table => table.CellCosts)]));
        foreach (TableReport table in tables)
        {
            CellCost[] cells = [.. table.CellCosts];
            string sum = $"{Words.Count(cells.Length, "cell", "cells")}, {Words.Time(cells.Sum(cell => cell.Seconds ?? 0))}, {Words.Teraflops(cells.Sum(cell => cell.Flops ?? 0))} TFLOP";
            yield return new Fold($"{table.Heading}: {sum}", [Every(cells)]);
        }
    }

    private static string Predicted(CellCost[] cells)
    {
        double[] shares = [.. cells.Select(cell => cell.MemoryPeak / cell.PredictedPeak).OfType<double>().Order()];
        return shares.Length == 0 ? ""
            : $" Over {Words.Count(shares.Length, "predicted cell", "predicted cells")} the measured peak is {Words.Number(shares[0], "0.000")} to {Words.Number(shares[^1], "0.000")} of the predicted.";
    }

    private static Grid Every(CellCost[] cells) => new(
        ["task", "method", "seed", "training s", "probes s", "scoring s", "process peak", "training peak", "predicted peak", "TFLOP"],
        [.. cells.Select(cell => (IReadOnlyList<string>)
        [
            cell.Key.Task, cell.Key.Method, Words.Number(cell.Key.Seed, "0"),
            Words.Number(cell.TrainSeconds, "0.0"), Words.Number(cell.ProbeSeconds, "0.0"), Words.Number(cell.EvalSeconds, "0.0"),
            Words.Megabytes(cell.ProcessPeak), Words.Megabytes(cell.MemoryPeak), Words.Megabytes(cell.PredictedPeak), Words.Number(cell.Flops / 1e12, "0.000"),
        ])],
        new HashSet<int> { 2, 3, 4, 5, 6, 7, 8, 9 });
}
