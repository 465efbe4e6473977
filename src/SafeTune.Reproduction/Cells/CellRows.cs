using System.Globalization;
using SafeTune.Data;
using SafeTune.Measurement;
using SafeTune.Reproduction.Results;
using SafeTune.Training;

namespace SafeTune.Reproduction.Cells;

/// <summary>From a run's report to the lines of the result files.</summary>
public static class CellRows
{
    /// <summary>Mean loss of the last epoch's training batches; in the table because other implementations can be held against it.</summary>
    public const string TrainLoss = "train_loss";

    // Not fractions, so not × 100.
    private static readonly string[] Plain = ["nist", "cider", "loss", "perplexity", "word_perplexity"];

    /// <summary>Whether a metric stands in the results as it is; the others do × 100.</summary>
    public static bool IsPlain(string metric) => Plain.Contains(metric);

    public static CellResult Of(Cell cell, RunReport report, RunEnvironment environment, DateTimeOffset started)
    {
        ResultRow common = Common(cell, environment) with
        {
            Reason = report.MemoryReason ?? "",
            MemoryBeforeBytes = report.MemoryBeforeBytes,
            MemoryAfterBytes = report.MemoryAfterBytes,
            MemoryMeanBytes = report.MemoryMeanBytes,
            ResidentBytes = report.ResidentBytes,
            ActivationBytes = report.ActivationBytes,
            FlopsForward = report.Flops.Forward,
            FlopsInputGrad = report.Flops.InputGradient,
            FlopsWeightGrad = report.Flops.WeightGradient,
            Steps = report.Steps,
            TrainableParameters = report.TrainableParameters,
            TotalParameters = report.TotalParameters,
            FrozenFraction = report.FrozenFraction,
            LowestTrainableLayer = report.LowestTrainableLayer,
            RowsUsed = report.TrainRows,
        };
        var rows = report.Scores.Select(score => Scored(common, score.Key, IsPlain(score.Key) ? score.Value : 100 * score.Value)).ToList();
        if (report.EpochLosses.Count > 0)
            rows.Add(Scored(common, TrainLoss, report.EpochLosses[^1]));
        rows.Sort((a, b) => string.CompareOrdinal(a.Metric, b.Metric));
        RunRow run = Run(cell, environment, started) with
        {
            TrainSeconds = Math.Round(report.TrainSeconds, 3),
            ProbeSeconds = Math.Round(report.ProbeSeconds, 3),
            EvalSeconds = Math.Round(report.EvalSeconds, 3),
            ProcessPeakBytes = report.ProcessPeakBytes,
            PredictedPeakBytes = report.PredictedPeakBytes,
        };
        return new CellResult(rows, run, Layers(cell.Key, report));
    }

    /// <summary>A cell without numbers: why it failed or was refused.</summary>
    public static CellResult Without(Cell cell, string status, string reason, RunEnvironment environment, DateTimeOffset started) =>
        new([Common(cell, environment) with { Metric = cell.Column.Metric, Status = status, Reason = OneLine(reason) }], Run(cell, environment, started), []);

    private static ResultRow Scored(ResultRow common, string metric, double value) => double.IsFinite(value)
        ? common with { Metric = metric, Value = value }
        : common with { Metric = metric, Reason = "the score is not a number (the predictions are all alike)" };

    private static ResultRow Common(Cell cell, RunEnvironment environment) => new()
    {
        Scale = cell.Key.Scale,
        Table = cell.Key.Table,
        Model = cell.Key.Model,
        Method = cell.Key.Method,
        Task = cell.Key.Task,
        Seed = cell.Key.Seed,
        Stack = environment.Stack,
        RowsUsed = cell.Data.Train.Examples.Count,
        RowsPublished = DataSources.Find(cell.Key.Task).PublishedTrainRows,
        ConfigHash = cell.ConfigHash,
        DataHash = cell.Data.Hash,
    };

    /// <summary>What trained, and everything about the machine that times depend on.</summary>
    public static string Device(RunEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        string gpu = environment.Device == environment.Cpu ? "" : environment.Device + "; ";
        string blas = environment.Blas.Length == 0 ? "" : $"; BLAS {environment.Blas}";
        return FormattableString.Invariant($"{gpu}{environment.Cpu}; {environment.Threads} {(environment.Threads == 1 ? "thread" : "threads")}{blas}; {environment.Os}");
    }

    private static RunRow Run(Cell cell, RunEnvironment environment, DateTimeOffset started) => new()
    {
        Scale = cell.Key.Scale,
        Table = cell.Key.Table,
        Model = cell.Key.Model,
        Method = cell.Key.Method,
        Task = cell.Key.Task,
        Seed = cell.Key.Seed,
        Device = Device(environment),
        Torch = environment.Torch,
        Dotnet = environment.Dotnet,
        Commit = environment.Commit,
        Dirty = environment.Dirty,
        StartedUtc = started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
    };

    private static List<LayerRow> Layers(CellKey key, RunReport report)
    {
        var layers = new List<LayerRow>();
        var frozen = new HashSet<int>();
        foreach (ProbeInfo probe in report.Probes.OrderBy(probe => probe.Probe))
        {
            var freezing = report.Freezes.Where(each => each.Probe == probe.Probe).ToDictionary(each => each.Block);
            for (int block = 0; block < probe.Scores.Count; block++)
            {
                FreezeEvent? freeze = freezing.GetValueOrDefault(block);
                layers.Add(new LayerRow
                {
                    Scale = key.Scale,
                    Table = key.Table,
                    Model = key.Model,
                    Method = key.Method,
                    Task = key.Task,
                    Seed = key.Seed,
                    Probe = probe.Probe,
                    Epoch = probe.Epoch,
                    Block = block,
                    Score = probe.Scores[block],
                    Tau = probe.Tau,
                    WarmUpEnded = probe.WarmUpEnded,
                    State = freeze is not null ? LayerRow.Freezes : frozen.Contains(block) ? LayerRow.Frozen : LayerRow.Trains,
                    Step = freeze?.Step,
                    GradientBytes = freeze?.GradientBytes,
                    OptimizerBytes = freeze?.OptimizerBytes,
                    ActivationBytesPredicted = freeze?.ActivationBytesPredicted,
                    ActivationBytesMeasured = freeze?.ActivationBytesMeasured,
                });
            }
            frozen.UnionWith(freezing.Keys);
        }
        return layers;
    }

    private static string OneLine(string reason) => string.Join(' ', reason.Split('\n', '\r').Select(part => part.Trim()).Where(part => part.Length > 0));
}
