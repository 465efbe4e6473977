namespace SafeTune.Training;

/// <summary>Follows a run: progress for people, logs for programs.</summary>
public interface ITrainingListener
{
    /// <summary>Before the first step: the resolved configuration, and peft's line on the number of parameters.</summary>
    void Started(string configuration, string parameters);

    /// <summary>After every step.</summary>
    void Step(StepInfo step);

    /// <summary>After every probe.</summary>
    void Probed(ProbeInfo probe);

    /// <summary>After a block froze.</summary>
    void Froze(FreezeEvent freeze);

    /// <summary>After an evaluation; scores are fractions.</summary>
    void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores);

    /// <summary>Anything else worth a line, e.g. that a run resumes.</summary>
    void Note(string sentence);
}

/// <summary>One training step.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Steps">Of the whole training.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Of the batch.</param>
/// <param name="LearningRate">Used in the step.</param>
/// <param name="Seconds">Of the step.</param>
public sealed record StepInfo(int Step, int Steps, int Epoch, double Loss, double LearningRate, double Seconds);

/// <summary>One probe of the blocks' importance.</summary>
/// <param name="Probe">From 1.</param>
/// <param name="Epoch">Epochs trained so far, e.g. 1.5.</param>
/// <param name="Scores">1 - CKA per block, from the lowest.</param>
/// <param name="Tau">The moving threshold, equation (4); 0 without SAFE.</param>
/// <param name="WarmUpEnded">Whether the warm-up is over.</param>
public sealed record ProbeInfo(int Probe, double Epoch, IReadOnlyList<double> Scores, double Tau, bool WarmUpEnded);

/// <summary>A block's adapters were frozen for good.</summary>
/// <param name="Block">From 0.</param>
/// <param name="Probe">At which it was decided.</param>
/// <param name="Step">After which it happened.</param>
/// <param name="Score">Its importance.</param>
/// <param name="Tau">The threshold it fell below.</param>
/// <param name="GradientBytes">Gradients that are no longer computed.</param>
/// <param name="OptimizerBytes">Optimizer state freed.</param>
/// <param name="ActivationBytesPredicted">What the blocks that joined the frozen prefix held in the step before; of all blocks frozen at this probe together; null without the meter.</param>
/// <param name="ActivationBytesMeasured">The difference between the forward passes of one batch before and after; likewise together.</param>
public sealed record FreezeEvent(
    int Block, int Probe, int Step, double Score, double Tau, long GradientBytes, long OptimizerBytes, long? ActivationBytesPredicted, long? ActivationBytesMeasured)
{
    /// <summary>All of it together, as measured; blocks that freeze together share the activations.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long? BytesFreed => GradientBytes + OptimizerBytes + ActivationBytesMeasured;
}
