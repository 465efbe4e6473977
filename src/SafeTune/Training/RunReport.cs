using SafeTune.Measurement;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>What a finished run gives: scores, and what they cost.</summary>
public sealed record RunReport
{
    /// <summary>Scores of the validation set by name, as fractions; empty without one.</summary>
    public required IReadOnlyDictionary<string, double> Scores { get; init; }

    /// <summary>Mean training loss of each epoch.</summary>
    public required IReadOnlyList<double> EpochLosses { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Parameters that trained at the start.</summary>
    public required long TrainableParameters { get; init; }

    /// <summary>All parameters, adapters included.</summary>
    public required long TotalParameters { get; init; }

    /// <summary>Share of the blocks with adapters that were frozen at the end.</summary>
    public required double FrozenFraction { get; init; }

    /// <summary>The lowest block (from 0) that still trained at the end; the number of blocks when none did. Memory follows from it.</summary>
    public required int LowestTrainableLayer { get; init; }

    /// <summary>Bytes of weights, optimizer state and other parameters; null without the meter.</summary>
    public required long? ResidentBytes { get; init; }

    /// <summary>Peak above the resident bytes over the steps before the first freezing.</summary>
    public required long? MemoryBeforeBytes { get; init; }

    /// <summary>The same over the steps after the last freezing; equal to <see cref="MemoryBeforeBytes"/> when nothing froze.</summary>
    public required long? MemoryAfterBytes { get; init; }

    /// <summary>Mean over all steps of each step's peak.</summary>
    public required double? MemoryMeanBytes { get; init; }

    /// <summary>The most that autograd held at the end of a forward pass.</summary>
    public required long? ActivationBytes { get; init; }

    /// <summary>Why the memory figures are missing; null when they are there.</summary>
    public required string? MemoryReason { get; init; }

    /// <summary>Counted over the whole training, probes and evaluation left out.</summary>
    public required Flops Flops { get; init; }

    /// <summary>Bytes of the frozen prefix's kept outputs at the end, in memory or on disk; in none of the memory figures.</summary>
    public long PrefixCacheBytes { get; init; }

    /// <summary>Importance scores, probe by probe.</summary>
    public required IReadOnlyList<ProbeInfo> Probes { get; init; }

    /// <summary>What froze, when, and what it freed.</summary>
    public required IReadOnlyList<FreezeEvent> Freezes { get; init; }

    /// <summary>The probe at which SAFE's warm-up ended; null when it did not, or for another method.</summary>
    public required int? WarmUpEnd { get; init; }

    /// <summary>The final threshold, tau_T; null as <see cref="WarmUpEnd"/>.</summary>
    public required double? TauFinal { get; init; }

    /// <summary>Seconds in training steps.</summary>
    public required double TrainSeconds { get; init; }

    /// <summary>Seconds in probes that the method needs; merely recorded importance is not counted.</summary>
    public required double ProbeSeconds { get; init; }

    /// <summary>Seconds in evaluation.</summary>
    public required double EvalSeconds { get; init; }

    /// <summary>The process's own peak, from the operating system.</summary>
    public required long ProcessPeakBytes { get; init; }

    /// <summary>Most bytes that a training step was predicted to hold, with no block frozen that trains at the start; null where it is not predicted.</summary>
    public long? PredictedPeakBytes { get; init; }

    /// <summary>Training examples.</summary>
    public required int TrainRows { get; init; }

    /// <summary>Validation examples.</summary>
    public required int EvaluationRows { get; init; }
}

/// <summary>The training came to an end that is a result too, e.g. a loss that is no number; other runs are not concerned.</summary>
public sealed class TrainingFailedException(string reason, Exception? inner = null) : Exception(reason, inner);
