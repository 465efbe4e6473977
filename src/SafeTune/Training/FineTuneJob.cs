using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Generation;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Everything that decides a fine-tuning run.</summary>
public sealed record FineTuneJob
{
    /// <summary>Hugging Face folder of the pre-trained model.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>One of <see cref="Methods.Known"/>.</summary>
    public required string Method { get; init; }

    /// <summary>Training examples; all labelled.</summary>
    public required Dataset Train { get; init; }

    /// <summary>Examples to score; null = none.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>The score that early stopping watches; null = accuracy, Pearson's correlation for a regression, the loss where tokens are predicted.</summary>
    public string? Metric { get; init; }

    /// <summary>How to train.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The adapters' settings, of the kind that <see cref="Method"/> names; null = that kind's defaults.</summary>
    public AdapterOptions? Adapter { get; init; }

    /// <summary>Folder of an adapter to go on from, whoever wrote it; null = a fresh one. Its own settings hold then, not <see cref="Adapter"/>.</summary>
    public string? StartFrom { get; init; }

    /// <summary>The baseline's settings, of the kind that <see cref="Method"/> names after its plus; null = that kind's defaults.</summary>
    public BaselineOptions? Baseline { get; init; }

    /// <summary>SAFE's settings; its probes also record importance when <see cref="RecordImportance"/> is on.</summary>
    public SafeOptions Safe { get; init; } = new();

    /// <summary>Freezes by this plan instead of by probes; needs a method with <c>+safe</c>. Null = SAFE decides.</summary>
    public FreezePlan? FreezePlan { get; init; }

    /// <summary>Probe the importance scores without freezing anything; the training is the same to the last bit.</summary>
    public bool RecordImportance { get; init; }

    /// <summary>Which operators are fused; reproductions of the paper's memory take <see cref="KernelOptions.Composed"/>, as its baseline was.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.All;

    /// <summary>Element type of the pre-trained weights and of activations: float32 or bfloat16. Adapters, a fresh head and the optimizer are float32 always.</summary>
    /// <remarks>In bfloat16 the composed operators run, whose memory is not predicted. What was trained is a float32 adapter like any other, and goes with the model in either type.</remarks>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>How texts are generated where <see cref="Validation"/> has references to hold them against; null = greedily.</summary>
    public GenerationOptions? Generation { get; init; }

    /// <summary>Folder for checkpoints and metrics.jsonl; null = keep nothing.</summary>
    public string? RunFolder { get; init; }

    /// <summary>Begins anew where <see cref="RunFolder"/> holds checkpoints of a run with other settings, and deletes them; false: refuses.</summary>
    public bool DiscardsOtherCheckpoints { get; init; }

    /// <summary>Bytes that the whole training may hold, evaluation included: what of <see cref="Training"/> must change is chosen by prediction. Null = no limit.</summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Where to train; null = the CPU.</summary>
    public Device? Device { get; init; }

    internal BaselineOptions? EffectiveBaseline => Baseline ?? Methods.Baseline(Method);

    internal bool IsSafe => Methods.Parse(Method).Modifier == "safe";
}
