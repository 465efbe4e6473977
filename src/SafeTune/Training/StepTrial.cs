using System.Diagnostics;
using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>A training step to try.</summary>
/// <param name="Config">Of the model, which gets random weights.</param>
/// <param name="Head">What it predicts.</param>
/// <param name="Shape">Of the batch, or of each of its <see cref="Parts"/>; without padding.</param>
public sealed record StepTrialOptions(ModelConfig Config, HeadOptions Head, InputShape Shape)
{
    /// <summary>One of <see cref="Methods.Known"/>; what freezes by itself does not here.</summary>
    public string Method { get; init; } = "lora";

    /// <summary>The adapters' settings; null = the method's defaults.</summary>
    public AdapterOptions? Adapter { get; init; }

    /// <summary>Leading blocks whose adapters do not train.</summary>
    public int Frozen { get; init; }

    /// <summary>Parts of the batch that go through the model one after the other before the weights are updated (gradient accumulation).</summary>
    public int Parts { get; init; } = 1;

    /// <summary>Gradient checkpointing.</summary>
    public bool Recomputes { get; init; }

    /// <summary>Which operators are fused.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.All;

    /// <summary>Keeps the frozen prefix's outputs; null = it is computed in every step, with dropout.</summary>
    public PrefixCacheOptions? PrefixCache { get; init; }

    /// <summary>Element type of the frozen weights and of activations; adapters, head and optimizer are float32.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>Where; null = the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>Measured steps.</summary>
    public int Steps { get; init; } = 5;

    /// <summary>Steps before them.</summary>
    public int Warmup { get; init; } = 2;

    /// <summary>Of weights, batch and dropout.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>What a training step takes: a model with random weights on random input, through the same forward pass, method and optimizer as every run.</summary>
/// <param name="Seconds">Median of the steps: forward, backward, optimizer.</param>
/// <param name="FastestSeconds">Of the fastest one.</param>
/// <param name="ForwardSeconds">Median of the forward passes.</param>
/// <param name="BackwardSeconds">Median of the backward passes.</param>
/// <param name="ActivationBytes">Held when the forward pass ends, above what was held before the step; null without the meter.</param>
/// <param name="PeakBytes">Most held during a step, above what was held before it; null without the meter.</param>
/// <param name="ResidentBytes">Held between steps: weights and optimizer state; null without the meter.</param>
/// <param name="Flops">Matrix products of a step.</param>
/// <param name="TrainableParameters">Elements that train.</param>
/// <param name="PrefixCacheBytes">Of the frozen prefix's kept outputs.</param>
/// <param name="MemoryReason">Why the bytes are missing; null when they are there.</param>
public sealed record StepTrial(
    double Seconds, double FastestSeconds, double ForwardSeconds, double BackwardSeconds, long? ActivationBytes, long? PeakBytes, long? ResidentBytes,
    Flops Flops, long TrainableParameters, long PrefixCacheBytes, string? MemoryReason)
{
    private const double Rate = 3e-4;

    /// <summary>Builds the model and takes the steps.</summary>
    /// <exception cref="UsageException">The method is not known, or the model has no place for it.</exception>
    public static StepTrial Run(StepTrialOptions options)
    {
        Methods.Check(options.Method);
        var device = options.Device ?? CPU;
        using var meter = MemoryMeter.TryStart(device, out var whyNot);
        var before = meter?.CurrentBytes;
        manual_seed(options.Seed);
        using var model = AutoModel.Random(options.Config, options.Head, device, options.Dtype);
        model.Use(options.Kernels);
        var adapters = Prepare(model, options);
        using var optimizer = new AdamW(weightDecay: 0);
        var trained = model.NamedWeights().Where(entry => entry.Weight.Trains).ToArray();
        foreach (var (name, weight) in trained) optimizer.Add(name, weight);
        var parts = Enumerable.Range(0, options.Parts).Select(_ => RandomBatch(options, device)).ToArray();
        model.Train();
        using var cache = options.PrefixCache is { } kept ? new PrefixCache(kept) : null;
        using var pass = new ForwardPass(model) { PrefixEvaluates = cache is not null, Cache = cache, Recomputes = options.Recomputes, Seed = options.Seed };
        var total = options.Warmup + options.Steps;
        var baseline = adapters is null ? null : Methods.Baseline(options.Method)?.Begin(new BaselineRun(adapters, pass, options.Seed, total, optimizer.Cut));
        baseline?.Start(parts[0]);
        List<Times> times = [];
        for (var i = 0; i < total; i++)
        {
            var step = Step(i, pass, parts, optimizer, adapters, baseline, meter, device);
            if (i >= options.Warmup) times.Add(step);
        }

        foreach (var part in parts) part.Dispose();
        var result = new StepTrial(
            Median(times.Select(t => t.Step)), times.Min(t => t.Step), Median(times.Select(t => t.Forward)), Median(times.Select(t => t.Backward)),
            meter is null ? null : (long)Median(times.Select(t => (double)t.HeldBytes)), meter is null ? null : times.Max(t => t.PeakBytes), meter?.CurrentBytes - before,
            FlopCounter.Step(model, options.Shape, options.Recomputes ? pass.Prefix : null, pass.FirstComputed) * options.Parts, trained.Sum(entry => entry.Weight.Elements), cache?.Bytes ?? 0, whyNot);
        (baseline as IDisposable)?.Dispose();
        (adapters as IDisposable)?.Dispose();
        return result;
    }

    private static AdapterSet? Prepare(Transformer model, StepTrialOptions options)
    {
        if (options.Method == "full")
        {
            foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
            return null;
        }

        var settings = options.Adapter ?? Methods.Default(Methods.Parse(options.Method).Adapter);
        var adapters = Methods.Baseline(options.Method)?.Inject(settings, model) ?? settings.Inject(model);
        foreach (var weight in Enumerable.Range(0, options.Frozen).SelectMany(adapters.Unit)) weight.Trains = false;
        return adapters;
    }

    private static Batch RandomBatch(StepTrialOptions options, Device device)
    {
        var (shape, config) = (options.Shape, options.Config);
        var rows = Enumerable.Range(0, (int)shape.Size).ToArray();
        if (shape.Height > 0) return new ImageBatch(randn([shape.Size, config.Colours, shape.Height, shape.Width], ScalarType.Float32, device), Labels(options, device)) { Rows = rows };
        long[] size = [shape.Size, shape.Length];
        return new TextBatch(randint(0, config.Vocabulary ?? 1, size, ScalarType.Int64, device), ones(size, ScalarType.Int64, device), zeros(size, ScalarType.Int64, device), Labels(options, device)) { Rows = rows };
    }

    private static Tensor Labels(StepTrialOptions options, Device device) => options.Head.Task switch
    {
        TaskKind.LanguageModelling => randint(0, options.Config.Vocabulary ?? 1, [options.Shape.Size, options.Shape.Length], ScalarType.Int64, device),
        TaskKind.QuestionAnswering => randint(0, options.Shape.Length, [options.Shape.Size, 2], ScalarType.Int64, device),
        TaskKind.Regression => randn([options.Shape.Size], ScalarType.Float32, device),
        TaskKind.Classification => randint(0, options.Head.Labels, [options.Shape.Size], ScalarType.Int64, device),
        var other => throw new UsageException($"A step on random data is not known for {other}."),
    };

    private static Times Step(int index, ForwardPass pass, IReadOnlyList<Batch> parts, AdamW optimizer, AdapterSet? adapters, Baseline? baseline, MemoryMeter? meter, Device device)
    {
        Wait(device);
        meter?.ResetPeak();
        var (resident, held) = (meter?.CurrentBytes ?? 0, 0L);
        var (forward, start) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        baseline?.BeforeStep(index);
        foreach (var part in parts)
        {
            var begin = Stopwatch.GetTimestamp();
            using var output = pass.Run(part);
            held = Math.Max(held, (meter?.CurrentBytes ?? 0) - resident);
            Wait(device);
            forward += Stopwatch.GetElapsedTime(begin);
            using var penalty = adapters?.Penalty();
            using var loss = penalty is null ? output.Loss!.alias() : output.Loss!.Plus(penalty);
            using var share = loss.Over(parts.Count);
            pass.Backward(share);
        }

        Wait(device);
        var gradients = Stopwatch.GetElapsedTime(start);
        baseline?.BeforeUpdate(index);
        optimizer.Step(Rate);
        adapters?.Updated(index);
        optimizer.DropGradients();
        baseline?.AfterStep(index);
        Wait(device);
        var step = Stopwatch.GetElapsedTime(start);
        return new Times(step.TotalSeconds, forward.TotalSeconds, (gradients - forward).TotalSeconds, held, (meter?.PeakBytes ?? 0) - resident);
    }

    // What a GPU was told to do is not done yet.
    private static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA) cuda.synchronize();
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private readonly record struct Times(double Step, double Forward, double Backward, long HeldBytes, long PeakBytes);
}
