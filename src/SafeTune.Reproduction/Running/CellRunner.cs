using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Reproduction.Cells;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Running;

/// <summary>Trains and evaluates one cell; tests put a fabricated report here.</summary>
public interface ICellRunner
{
    /// <exception cref="TrainingFailedException">The cell diverged or ran out of memory; the table goes on.</exception>
    /// <exception cref="OperationCanceledException">Stopped; a checkpoint is in the cell's folder.</exception>
    RunReport Run(Cell cell, ITrainingListener listener, CancellationToken stop);
}

/// <summary>A cell as a job for the library's fine-tuner.</summary>
public sealed class CellRunner : ICellRunner
{
    public RunReport Run(Cell cell, ITrainingListener listener, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cell);
        ForgetPeak();
        using var tuner = new FineTuner(Job(cell), listener);
        return tuner.Run(stop);
    }

    /// <summary>Lets the kernel count the process's peak anew, so that a cell's is not that of a larger one before it.</summary>
    private static void ForgetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Elsewhere than on Linux, or in a sandbox: the peak is then the process's so far.
        }
    }

    /// <summary>The GPU that trains, null when the CPU does.</summary>
    public static string? Gpu(RunEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment.Device == environment.Cpu ? null : environment.Device;
    }

    /// <summary>The last epoch's model is scored on the evaluation rows, without early stopping: the paper states no model selection.</summary>
    public static FineTuneJob Job(Cell cell) => new()
    {
        ModelFolder = cell.ModelFolder,
        Method = cell.Key.Method,
        Train = cell.Data.Train,
        Validation = cell.Data.Evaluation,
        Metric = cell.Column.Metric,
        Training = new TrainingOptions
        {
            Epochs = cell.Column.Epochs,
            BatchSize = cell.Column.BatchSize,
            MicroBatchSize = cell.Column.MicroBatchSize,
            LearningRate = cell.Column.LearningRate,
            WeightDecay = cell.Column.WeightDecay,
            WarmUpFraction = cell.Column.WarmUpFraction,
            GradientClip = cell.Column.GradientClip,
            MaxLength = cell.Column.MaxLength,
            Stride = cell.Column.Stride,
            LengthBuckets = cell.Column.LengthBuckets,
            EvaluateEveryEpoch = false,
            Seed = cell.Key.Seed,
        },
        Adapter = cell.Key.Method.StartsWith("lora", StringComparison.Ordinal) ? cell.Experiment.Lora : null,
        Safe = cell.Experiment.Safe,
        Generation = cell.Experiment.Generation,
        // The scores of a run that does not freeze are a result too: they show what SAFE had to go by.
        RecordImportance = true,
        Kernels = KernelOptions.Composed,
        RunFolder = cell.Folder,
        // The folder is named by the cell's configuration: other settings are those of another version of this program.
        DiscardsOtherCheckpoints = true,
        Device = cell.Gpu is null ? torch.CPU : torch.CUDA,
    };
}
