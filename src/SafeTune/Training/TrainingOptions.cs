using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>How to train. The defaults are those of the small reference runs: AdamW without decay, a linear schedule to 0, batches in random order.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training examples.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Examples in a step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Examples that go through the model together; a step adds up the gradients of its batch's parts, so that they are the whole batch's. Null = the batch is one part.</summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>Leading blocks whose adapters are frozen from the start: they never do anything.</summary>
    public int FrozenBlocks { get; init; }

    /// <summary>The schedule's peak.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>AdamW's decay; the paper's is 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Share of all steps in which the learning rate rises.</summary>
    public double WarmUpFraction { get; init; }

    /// <summary>Largest joint norm of the gradients; null = no clipping.</summary>
    public double? GradientClip { get; init; }

    /// <summary>Tokens kept of an example, special tokens included.</summary>
    public int MaxLength { get; init; } = 128;

    /// <summary>Tokens that neighbouring windows of a long text share; null = a third of <see cref="MaxLength"/>. For question answering.</summary>
    public int? Stride { get; init; }

    /// <summary>Seeds the new head, the adapters, dropout and the order of examples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Batches of like lengths: less padding, another order of examples.</summary>
    public bool LengthBuckets { get; init; }

    /// <summary>Score the validation set after every epoch; false: after the last one only.</summary>
    public bool EvaluateEveryEpoch { get; init; } = true;

    /// <summary>Stop after this many evaluations without a better score, and keep the best weights; null = train all epochs.</summary>
    public int? EarlyStopPatience { get; init; }

    /// <summary>Keep only the blocks' inputs in the forward pass and compute the rest again in the backward pass: less memory, more compute.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Whether frozen blocks below all that trains keep their dropout, as the paper's do.</summary>
    public bool FrozenDropout { get; init; } = true;

    /// <summary>Keeps the outputs of those blocks, so that each example goes through them once after a freezing; null = it does so in every epoch. Beyond the paper; they have no dropout then.</summary>
    public PrefixCacheOptions? PrefixCache { get; init; }

    /// <summary>Refuse what cannot repeat to the last bit.</summary>
    public bool Deterministic { get; init; }

    /// <summary>At most so many seconds between checkpoints, which every epoch ends with too; does not change the result.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>Refuses what cannot work.</summary>
    /// <exception cref="UsageException">Names the option, its value and what is allowed.</exception>
    public void Check()
    {
        Require(Epochs >= 1, "epochs", Epochs, "at least 1");
        Require(BatchSize >= 1, "the batch size", BatchSize, "at least 1");
        Require(MicroBatchSize is null || (MicroBatchSize >= 1 && MicroBatchSize <= BatchSize), "the micro-batch size", MicroBatchSize, "from 1 to the batch size");
        Require(FrozenBlocks >= 0, "the number of frozen blocks", FrozenBlocks, "at least 0");
        Require(LearningRate is > 0 and < 1e3, "the learning rate", LearningRate, "above 0 and below 1000, e.g. 1e-3");
        Require(WeightDecay >= 0, "the weight decay", WeightDecay, "at least 0");
        Require(WarmUpFraction is >= 0 and < 1, "the warm-up fraction", WarmUpFraction, "at least 0 and below 1");
        Require(GradientClip is null or > 0, "the gradient clip", GradientClip, "above 0");
        Require(Stride is null or >= 0, "the stride", Stride ?? 0, "at least 0");
        Require(MaxLength >= 3, "the maximum length", MaxLength, "at least 3 tokens");
        Require(PrefixCache is null or { Bytes: > 0 }, "the prefix cache's size", PrefixCache?.Bytes, "at least 1 byte");
        Require(PrefixCache is null || !FrozenDropout, "the prefix cache", "on", "used with blocks that have no dropout once they are frozen");
        Require(EarlyStopPatience is null or >= 1, "the early-stop patience", EarlyStopPatience, "at least 1 evaluation");
        Require(EarlyStopPatience is null || EvaluateEveryEpoch, "early stopping", "on", "used with an evaluation after every epoch");
    }

    /// <summary>Examples that go through the model together.</summary>
    internal int PartSize => MicroBatchSize ?? BatchSize;

    private static void Require(bool holds, string what, object? value, string allowed)
    {
        if (!holds) throw new UsageException(FormattableString.Invariant($"{what} is {value}, and must be {allowed}."));
    }
}
