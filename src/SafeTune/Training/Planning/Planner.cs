using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Measurement;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>What fine-tuning is predicted to take while some leading blocks are frozen.</summary>
/// <param name="FrozenBlocks">How many.</param>
/// <param name="TrainableParameters">That are left.</param>
/// <param name="WeightBytes">Of the model with its adapters.</param>
/// <param name="OptimizerBytes">AdamW's moments, and what the method keeps beside them.</param>
/// <param name="ActivationBytes">As <see cref="StepPrediction.ActivationBytes"/>.</param>
/// <param name="PeakBytes">As <see cref="StepPrediction.PeakBytes"/>.</param>
/// <param name="Flops">Of a step.</param>
public sealed record PlannedState(int FrozenBlocks, long TrainableParameters, long WeightBytes, long OptimizerBytes, long ActivationBytes, long PeakBytes, Flops Flops)
{
    /// <summary>Held between steps.</summary>
    public long ResidentBytes => WeightBytes + OptimizerBytes;

    /// <summary>Most held at once.</summary>
    public long TotalBytes => ResidentBytes + PeakBytes;
}

/// <summary>Predicts memory and compute of fine-tuning from the configuration alone: the model is built, and no weight of it allocated.</summary>
/// <remarks>The bytes are those that operators allocate in float32; a GPU's allocator rounds each up to 512.</remarks>
public sealed class Planner : IDisposable
{
    private readonly Transformer model;
    private readonly AdapterSet? adapters;

    /// <summary>Builds the model with its adapters.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="head">What it predicts.</param>
    /// <param name="method">One of <see cref="Supported"/>.</param>
    /// <param name="options">The adapters' settings, of the method's kind; null = that kind's defaults.</param>
    /// <param name="baseline">The baseline's settings, likewise.</param>
    /// <param name="kernels">Which operators are fused, see <see cref="KernelOptions.On"/>; none by default.</param>
    /// <exception cref="UsageException">The method is not known here, or the model has no place for it.</exception>
    public Planner(ModelConfig config, HeadOptions head, string method, AdapterOptions? options = null, BaselineOptions? baseline = null, KernelOptions kernels = default)
    {
        Methods.Check(method);
        if (!Supported.Contains(method))
            throw new UsageException($"The method '{method}' changes from step to step what it computes, which is not predicted; predicted are {string.Join(", ", Supported)}.");
        model = config.Build(head);
        model.Train();
        model.Use(kernels);
        if (method == "full")
        {
            foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
            return;
        }

        options ??= Methods.Default(Methods.Parse(method).Adapter);
        adapters = (baseline ?? Methods.Baseline(method))?.Inject(options, model) ?? options.Inject(model);
    }

    /// <summary>The methods whose steps can be predicted.</summary>
    public static IReadOnlyList<string> Supported { get; } = [.. Methods.Known.Where(method => Methods.Baseline(method) is null or UpperLayersOptions)];

    /// <summary>Blocks of the model.</summary>
    public int Blocks => model.Blocks.Count;

    /// <summary>The adapters' settings in a few words; empty in full fine-tuning.</summary>
    public string Summary => adapters?.Settings.Summary ?? "";

    /// <summary>Predicts a training step while the leading blocks are frozen.</summary>
    /// <param name="frozen">How many.</param>
    /// <param name="input">The batch's shape, or that of its parts.</param>
    /// <param name="recomputes">Gradient checkpointing.</param>
    /// <param name="parts">How many parts go through the model one after the other.</param>
    /// <exception cref="UsageException">There are not as many blocks, or no adapters to freeze.</exception>
    public PlannedState Predict(int frozen, InputShape input, bool recomputes = false, int parts = 1)
    {
        if (frozen < 0 || frozen > Blocks) throw new UsageException($"The frozen prefix is {frozen}, and must be from 0 to the model's {Blocks} blocks.");
        if (adapters is null && frozen > 0) throw new UsageException("Only adapters can be frozen block by block; choose another method than 'full'.");
        for (var block = 0; block < Blocks && adapters is not null; block++)
        {
            foreach (var weight in adapters.Unit(block)) weight.Trains = block >= frozen;
        }

        var step = StepSimulation.Run(model, input, recomputes, parts);
        var weights = model.NamedWeights().Select(entry => entry.Weight).ToArray();
        var trainable = weights.Where(weight => weight.Trains).Sum(weight => weight.Elements);
        return new PlannedState(
            frozen, trainable, sizeof(float) * weights.Sum(weight => weight.Elements), (2 * sizeof(float) * trainable) + (adapters?.KeptBytes ?? 0), step.ActivationBytes, step.PeakBytes, step.Flops);
    }

    /// <summary>Most bytes that an evaluation holds beside what is resident.</summary>
    /// <param name="input">The shape of its batches.</param>
    public long EvaluationBytes(InputShape input) => StepSimulation.Evaluation(model, input);

    /// <summary>Most bytes that one of SAFE's probes holds beside what is resident.</summary>
    /// <param name="input">The shape of its sample.</param>
    public long ProbeBytes(InputShape input) => StepSimulation.Probe(model, input);

    /// <summary>Most bytes held while the weights are read: one of them in the file's type, or a second time where files repeat tied ones, with the comparison's result.</summary>
    public long LoadingBytes => model.NamedWeights().Sum(entry => entry.Weight.Elements * sizeof(float)) + (model.NamedWeights().Max(entry => entry.Weight.Elements) * (model.Tied.Count > 0 ? 5 : 2));

    /// <inheritdoc/>
    public void Dispose()
    {
        (adapters as IDisposable)?.Dispose();
        model.Dispose();
    }
}
