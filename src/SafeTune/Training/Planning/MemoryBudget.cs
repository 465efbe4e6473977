using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>How to train within a number of bytes.</summary>
/// <param name="Training">The options with the parts of a step, gradient checkpointing and the frozen blocks that were chosen.</param>
/// <param name="ProbeExamples">Of each of SAFE's probes; null where there are none.</param>
/// <param name="StepBytes">Most held at once in a training step.</param>
/// <param name="PredictedBytes">Most held at once in the whole training: its steps, probes and evaluations, and the loading of the weights.</param>
/// <param name="ExtraCompute">Share of matrix products that a step has more than it would otherwise have.</param>
public sealed record BudgetChoice(TrainingOptions Training, int? ProbeExamples, long StepBytes, long PredictedBytes, double ExtraCompute)
{
    /// <summary>In a line, for people.</summary>
    public override string ToString() => string.Join(", ", new[]
    {
        Training.MicroBatchSize is { } size ? $"steps of {Training.BatchSize} in parts of {size}" : $"whole steps of {Training.BatchSize}",
        Training.GradientCheckpointing ? FormattableString.Invariant($"gradient checkpointing ({ExtraCompute:P0} more compute)") : "no gradient checkpointing",
        Training.FrozenBlocks > 0 ? $"{Training.FrozenBlocks} blocks frozen from the start" : "no block frozen from the start",
        ProbeExamples is { } examples ? $"probes of {examples} examples" : null,
    }.OfType<string>());
}

/// <summary>Chooses how to train within a number of bytes, and changes as little as needed: first smaller parts of a step, whose gradients are added up; then gradient checkpointing; then leading blocks frozen from the start.</summary>
/// <param name="job">What is asked for.</param>
/// <param name="config">The model's configuration.</param>
/// <param name="longest">Tokens of the longest example.</param>
internal sealed class MemoryBudget(FineTuneJob job, ModelConfig config, int longest) : IDisposable
{
    private const int FewestProbeExamples = 8;
    private readonly Planner planner = new(config, HeadOptions.ToTrain(job.Train.Task, job.Train.Labels), job.Method, job.Adapter, job.EffectiveBaseline, job.Kernels.On((job.Device ?? CPU).type));

    /// <summary>Chooses.</summary>
    /// <param name="budget">Bytes.</param>
    /// <exception cref="UsageException">Nothing fits; names the smallest budget that would do.</exception>
    public BudgetChoice Choose(long budget)
    {
        BudgetChoice? least = null;
        foreach (var choice in Choices(budget))
        {
            if (choice.PredictedBytes <= budget) return choice;
            if (!(choice.PredictedBytes >= least?.PredictedBytes)) least = choice;
        }

        throw new UsageException($"The memory budget is {ByteSize.Words(budget)}, and the smallest that would do is {least!.PredictedBytes} bytes ({ByteSize.Words(least.PredictedBytes)}), with {least}. "
            + "Allow that much, or choose a shorter maximum length or a smaller model.");
    }

    /// <summary>What the job takes as it stands.</summary>
    public BudgetChoice Predict() => Choice(job.Training.FrozenBlocks, job.Training.GradientCheckpointing, job.Training.PartSize, long.MaxValue);

    /// <inheritdoc/>
    public void Dispose() => planner.Dispose();

    // From what changes least to what changes most.
    private IEnumerable<BudgetChoice> Choices(long budget)
    {
        var first = job.Training.FrozenBlocks;
        int[] frozen = job.Method == "full" ? [0] : [.. Enumerable.Range(first, Math.Max(1, planner.Blocks - first))];
        bool[] checkpointing = job.Training.GradientCheckpointing ? [true] : [false, true];
        return frozen.SelectMany(blocks => checkpointing.SelectMany(recomputes => Sizes().Select(size => Choice(blocks, recomputes, size, budget))));
    }

    private BudgetChoice Choice(int frozen, bool recomputes, int size, long budget)
    {
        var parts = (job.Training.BatchSize + size - 1) / size;
        var state = planner.Predict(frozen, Shape(size), recomputes, parts);
        // Early stopping keeps the best weights beside the last.
        var resident = state.ResidentBytes + (job.Training.EarlyStopPatience is null ? 0 : state.TrainableParameters * sizeof(float));
        var evaluation = job.Validation is null ? 0 : planner.EvaluationBytes(Shape(size));
        var (probe, examples) = Probe(budget - resident);
        var plain = planner.Predict(frozen, Shape(size), false, parts);
        return new BudgetChoice(
            job.Training with { MicroBatchSize = parts == 1 ? null : size, GradientCheckpointing = recomputes, FrozenBlocks = frozen }, examples, resident + state.PeakBytes,
            Math.Max(planner.LoadingBytes, resident + Math.Max(state.PeakBytes, Math.Max(evaluation, probe))), ((double)state.Flops.Total / plain.Flops.Total) - 1);
    }

    // Fewer examples where they would not fit, but never fewer than a few.
    private (long Bytes, int? Examples) Probe(long allowed)
    {
        if (!job.IsSafe && !job.RecordImportance) return (0, null);
        var examples = job.Safe.ProbeExamples;
        while (planner.ProbeBytes(Shape(examples)) > allowed && examples / 2 >= FewestProbeExamples) examples /= 2;
        return (planner.ProbeBytes(Shape(examples)), examples);
    }

    private IEnumerable<int> Sizes()
    {
        for (var size = job.Training.PartSize; size > 1; size = (size + 1) / 2) yield return size;
        yield return 1;
    }

    private InputShape Shape(int size) => config.ImageSide is { } side
        ? new(size, 0, side, side)
        : new(size, longest, Masked: job.Train.Task == TaskKind.MaskedLanguageModelling ? size * longest : 0);
}
