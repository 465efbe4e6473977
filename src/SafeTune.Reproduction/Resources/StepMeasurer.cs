using System.Globalization;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Torch;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Resources;

/// <summary>Measures the steps that fit into the machine's memory, and predicts the others. Equal steps are taken once.</summary>
/// <param name="machine">What it runs on.</param>
internal sealed class StepMeasurer(RunEnvironment machine)
{
    private readonly Dictionary<string, ResourceRow> _known = [];
    private readonly string? _gpu = Running.CellRunner.Gpu(machine);

    /// <summary>The cell's line.</summary>
    public ResourceRow Row(ResourceCell cell)
    {
        if (!_known.TryGetValue(cell.StepKey, out ResourceRow? step))
            _known[cell.StepKey] = step = Step(cell);
        return Named(cell, step);
    }

    private ResourceRow Step(ResourceCell cell)
    {
        PlannedState? planned = Plan(cell);
        var row = new ResourceRow
        {
            PlannedResidentBytes = planned?.ResidentBytes, PlannedPeakBytes = planned?.PeakBytes, Flops = planned?.Flops.Total, Device = _gpu ?? machine.Cpu, Torch = machine.Torch,
        };
        if (planned is not null && planned.TotalBytes > Room())
            return Planned(row, planned, $"needs about {ByteSize.Words(planned.TotalBytes)}, and {ByteSize.Words(Room())} are free");
        try
        {
            return Measured(row, cell);
        }
        catch (Exception full) when (OutOfMemory.Is(full))
        {
            return Planned(row, planned, "out of memory");
        }
    }

    private ResourceRow Measured(ResourceRow row, ResourceCell cell)
    {
        // The parts of a batch are alike: two of them show what the first leaves for the second.
        int parts = Parts(cell), taken = Math.Min(parts, 2);
        StepTrial trial = StepTrial.Run(new StepTrialOptions(cell.Config, cell.Head, cell.Shape)
        {
            Method = cell.StepMethod,
            Adapter = cell.Adapter,
            Frozen = cell.Frozen,
            Parts = taken,
            Kernels = KernelOptions.Composed,
            Device = _gpu is null ? torch.CPU : torch.CUDA,
            Steps = _gpu is null ? 2 : 3,
            Warmup = 1,
        });
        return row with
        {
            Source = "measured",
            ResidentBytes = trial.ResidentBytes,
            ActivationBytes = trial.ActivationBytes,
            PeakBytes = trial.PeakBytes,
            Flops = trial.Flops.Total / taken * parts,
            StepSeconds = Math.Round(trial.Seconds * parts / taken, 5),
        };
    }

    private static ResourceRow Planned(ResourceRow row, PlannedState? planned, string reason) => row with
    {
        Source = "planned", Reason = reason, ResidentBytes = planned?.ResidentBytes, ActivationBytes = planned?.ActivationBytes, PeakBytes = planned?.PeakBytes,
    };

    private static PlannedState? Plan(ResourceCell cell)
    {
        if (!Planner.Supported.Contains(cell.StepMethod))
            return null;
        using var planner = new Planner(cell.Config, cell.Head, cell.StepMethod, cell.Adapter);
        return planner.Predict(cell.Frozen, cell.Shape, parts: Parts(cell));
    }

    private static int Parts(ResourceCell cell) => (cell.Column.BatchSize + cell.MicroBatch - 1) / cell.MicroBatch;

    private long Room() => _gpu is not null ? CudaDriver.TotalBytes(0)!.Value - Gpu.ReservedBytes : FreeMemory();

    private static long FreeMemory()
    {
        const string available = "MemAvailable:";
        string? line = File.Exists("/proc/meminfo") ? File.ReadLines("/proc/meminfo").FirstOrDefault(text => text.StartsWith(available, StringComparison.Ordinal)) : null;
        // What other programs will want in the meantime is left to them.
        return line is null ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : long.Parse(line[available.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024 * 9 / 10;
    }

    private static ResourceRow Named(ResourceCell cell, ResourceRow step) => step with
    {
        Table = cell.Experiment.Table,
        Model = cell.Experiment.Model,
        Method = cell.Method,
        Task = cell.Column.Task,
        Batch = cell.Column.BatchSize,
        MicroBatch = cell.MicroBatch,
        Length = cell.Config.ImageSide ?? cell.Column.MaxLength,
        State = cell.State,
        FrozenBlocks = cell.Frozen,
        Blocks = cell.TotalBlocks,
    };
}
