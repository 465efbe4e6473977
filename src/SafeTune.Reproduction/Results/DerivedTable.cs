using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Results;

/// <summary>Computes the cells of a table that is not trained: for each method and seed, means over the cells of the source tables.</summary>
internal static class DerivedTable
{
    /// <summary>FLOPs of one training step, in 10¹².</summary>
    public const string StepTeraflops = "step_tflop";

    /// <summary>Writes the table from what lies in a folder of results.</summary>
    /// <returns>Its files.</returns>
    public static TableFiles Write(string resultsFolder, Experiment experiment)
    {
        var files = new TableFiles(resultsFolder, experiment.Table);
        files.Write(Cells(experiment, source => new TableFiles(resultsFolder, source).Read()));
        return files;
    }

    /// <summary>The derived cells. Like is compared with like: a model, task and seed counts only where every method has it, so that a failed cell does not tilt a mean.</summary>
    internal static IEnumerable<CellResult> Cells(Experiment experiment, Func<string, IReadOnlyList<CellResult>> read) =>
        from source in experiment.Sources
        let all = read(source.Value).Where(cell => cell.Status == ResultRow.Ok && experiment.Rows.Contains(cell.Key.Method))
            .GroupBy(cell => (cell.Key.Model, cell.Key.Task, cell.Key.Seed)).Where(same => same.Count() == experiment.Rows.Count).SelectMany(same => same).ToList()
        from cells in all.GroupBy(cell => (cell.Key.Method, cell.Key.Seed, cell.Key.Scale))
        select Mean(experiment.Table, source.Key, [.. cells.OrderBy(cell => cell.Key.ToString(), StringComparer.Ordinal).ThenBy(cell => cell.Key.Model, StringComparer.Ordinal)]);

    private static CellResult Mean(string table, string column, CellResult[] cells)
    {
        ResultRow[] rows = [.. cells.Select(cell => cell.Rows[0])];
        ResultRow common = new()
        {
            Scale = rows[0].Scale,
            Table = table,
            Model = DerivedExperiment.Model,
            Method = rows[0].Method,
            Task = column,
            Seed = rows[0].Seed,
            MemoryBeforeBytes = Whole(row => row.MemoryBeforeBytes),
            MemoryAfterBytes = Whole(row => row.MemoryAfterBytes),
            MemoryMeanBytes = Of(row => row.MemoryMeanBytes),
            ResidentBytes = Whole(row => row.ResidentBytes),
            ActivationBytes = Whole(row => row.ActivationBytes),
            FlopsForward = Whole(row => (double?)row.FlopsForward / row.Steps),
            FlopsInputGrad = Whole(row => (double?)row.FlopsInputGrad / row.Steps),
            FlopsWeightGrad = Whole(row => (double?)row.FlopsWeightGrad / row.Steps),
            FrozenFraction = Of(row => row.FrozenFraction),
            Reason = rows.Select(row => row.Reason).FirstOrDefault(reason => reason.Length > 0) ?? "",
            Stack = rows[0].Stack,
            ConfigHash = Configuration.Hash(string.Join('\n', rows.Select(row => row.ConfigHash))),
            DataHash = Configuration.Hash(string.Join('\n', rows.Select(row => row.DataHash))),
        };
        RunRow[] runs = [.. cells.Select(cell => cell.Run).OfType<RunRow>()];
        // Times of several machines have no mean.
        bool oneMachine = runs.Length == cells.Length && runs.Select(run => (run.Device, run.Torch)).Distinct().Count() == 1;
        return new CellResult(
            [
                common with { Metric = DerivedExperiment.Metric, Value = Of(row => row.Quantity("memory_bytes")) / 1e9 },
                common with { Metric = StepTeraflops, Value = Of(row => row.Quantity("flops") / row.Steps) / 1e12 },
            ],
            !oneMachine ? null : runs[0] with
            {
                Table = table,
                Model = DerivedExperiment.Model,
                Task = column,
                TrainSeconds = Math.Round(runs.Average(run => run.TrainSeconds ?? 0), 3),
                ProbeSeconds = Math.Round(runs.Average(run => run.ProbeSeconds ?? 0), 3),
                EvalSeconds = Math.Round(runs.Average(run => run.EvalSeconds ?? 0), 3),
                ProcessPeakBytes = runs.Max(run => run.ProcessPeakBytes),
                PredictedPeakBytes = runs.Max(run => run.PredictedPeakBytes),
                StartedUtc = runs.Min(run => run.StartedUtc)!,
            },
            []);

        double? Of(Func<ResultRow, double?> quantity) => rows.Select(quantity).ToArray() is var values && values.All(value => value is not null) ? values.Average() : null;
        long? Whole(Func<ResultRow, double?> quantity) => Of(quantity) is { } mean ? (long)Math.Round(mean) : null;
    }
}
