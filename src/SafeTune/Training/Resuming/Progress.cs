using SafeTune.Measurement;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>How far a run has come: everything a checkpoint keeps besides tensors. Plain JSON.</summary>
internal sealed class Progress
{
    /// <summary>Of the run, by <see cref="RunSettings"/>.</summary>
    public SortedDictionary<string, string> Settings { get; set; } = [];

    /// <summary>SHA-256 of the tensors' file.</summary>
    public string TensorHash { get; set; } = "";

    /// <summary>Steps completed. The batch order and the random numbers of a step follow from the seed and its number.</summary>
    public int Step { get; set; }

    public int OptimizerSteps { get; set; }

    public List<double> EpochLosses { get; set; } = [];

    public double LossSum { get; set; }

    public Flops Flops { get; set; }

    public MemoryRecord Memory { get; set; } = new();

    public List<ProbeInfo> Probes { get; set; } = [];

    public List<FreezeEvent> Freezes { get; set; } = [];

    public Dictionary<string, double> Scores { get; set; } = [];

    public double? BestScore { get; set; }

    public int EvaluationsWithoutGain { get; set; }

    public bool StoppedEarly { get; set; }

    public double TrainSeconds { get; set; }

    public double ProbeSeconds { get; set; }

    public double EvalSeconds { get; set; }
}
