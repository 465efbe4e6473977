using System.Diagnostics;
using SafeTune.Batching;
using SafeTune.Kernels;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Which training step to time.</summary>
/// <param name="Model">One of <see cref="StepBenchmark.Sizes"/>.</param>
/// <param name="Batch">Examples.</param>
/// <param name="Seq">Tokens an example, no padding.</param>
/// <param name="FreezePrefix">Leading blocks whose adapters do not train.</param>
/// <param name="Steps">Timed steps.</param>
/// <param name="Warmup">Steps before them.</param>
/// <param name="Seed">Of weights, tokens and dropout.</param>
public sealed record StepBenchmarkOptions(string Model = "mini", int Batch = 32, int Seq = 128, int FreezePrefix = 0, int Steps = 5, int Warmup = 2, int Seed = 1)
{
    /// <summary>Which operators are fused.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.All;

    /// <summary>Keeps the frozen prefix's outputs; null = it is computed in every step, with dropout.</summary>
    public PrefixCacheOptions? PrefixCache { get; init; }

    /// <summary>Element type of the frozen weights and of activations; adapters, head and optimizer are float32.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>Gradient checkpointing.</summary>
    public bool Recomputes { get; init; }

    /// <summary>Parts of the batch that go through the model one after the other before the weights are updated (gradient accumulation).</summary>
    public int Parts { get; init; } = 1;

    /// <summary>Where; null = the CPU.</summary>
    public Device? Device { get; init; }
}

/// <summary>What a training step takes.</summary>
/// <param name="Torch">Version of libtorch.</param>
/// <param name="Model">As asked for, like the next five.</param>
/// <param name="Batch">Examples.</param>
/// <param name="Seq">Tokens an example.</param>
/// <param name="FreezePrefix">Frozen leading blocks.</param>
/// <param name="Steps">Timed steps.</param>
/// <param name="Warmup">Untimed steps before.</param>
/// <param name="Threads">Threads that torch uses.</param>
/// <param name="StepS">Median seconds of a step: forward, backward, optimizer.</param>
/// <param name="MinS">Seconds of the fastest one.</param>
/// <param name="ForwardS">Median seconds of the forward pass.</param>
/// <param name="BackwardS">Median seconds of the backward pass.</param>
/// <param name="ActivationBytes">Held when the forward pass ends, above what was held before the step; null without the meter.</param>
/// <param name="PeakBytes">Most held during a step, above what was held before it; null without the meter.</param>
/// <param name="ResidentBytes">Held between steps: weights and optimizer state; null without the meter.</param>
/// <param name="Gflops">Operations of the matrix products per second of the median step, in 10^9.</param>
/// <param name="GemmPeakGflops">The same of a product of two matrices in this process, 2048 × 2048 on a CPU and 8192 × 8192 on a GPU: what the machine can give.</param>
/// <param name="Kernels">The instruction set of the kernels; null when everything is composed.</param>
/// <param name="Attention"><c>fused</c> or <c>eager</c>.</param>
/// <param name="PrefixCacheBytes">Of the frozen prefix's kept outputs.</param>
/// <param name="Blas">The matrix-product library, or the GPU; null when unknown.</param>
/// <param name="MemoryReason">Why the bytes are missing; null when they are there.</param>
public sealed record StepBenchmarkResult(
    string Torch, string Model, int Batch, int Seq, int FreezePrefix, int Steps, int Warmup, int Threads, double StepS, double MinS, double ForwardS, double BackwardS,
    long? ActivationBytes, long? PeakBytes, long? ResidentBytes, double Gflops, double GemmPeakGflops, string? Kernels, string Attention, long PrefixCacheBytes, string? Blas, string? MemoryReason);

/// <summary>Times one training step of BERT with LoRA on query and value, as <see cref="StepTrial"/>.</summary>
public static class StepBenchmark
{
    private const int Labels = 2;

    /// <summary>Model sizes by name: base and large are BERT's, mini is all-MiniLM-L6's.</summary>
    public static IReadOnlyDictionary<string, BertConfig> Sizes { get; } = new Dictionary<string, BertConfig>
    {
        ["mini"] = new() { Layers = 6, HiddenSize = 384, Heads = 12, IntermediateSize = 1536 },
        ["base"] = new() { Layers = 12, HiddenSize = 768, Heads = 12, IntermediateSize = 3072 },
        ["large"] = new() { Layers = 24, HiddenSize = 1024, Heads = 16, IntermediateSize = 4096 },
    };

    /// <summary>Builds the model and takes the steps.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static StepBenchmarkResult Run(StepBenchmarkOptions options)
    {
        var config = Check(options);
        var device = options.Device ?? CPU;
        // Once to warm up, then before and after the steps: the better of the two is what the machine can give.
        ProductGflops(device);
        var peak = ProductGflops(device);
        var trial = StepTrial.Run(new StepTrialOptions(config, HeadOptions.Classes(Labels), new InputShape(options.Batch / options.Parts, options.Seq))
        {
            Frozen = options.FreezePrefix,
            Parts = options.Parts,
            Recomputes = options.Recomputes,
            Kernels = options.Kernels,
            PrefixCache = options.PrefixCache,
            Dtype = options.Dtype,
            Device = device,
            Steps = options.Steps,
            Warmup = options.Warmup,
            Seed = options.Seed,
        });
        peak = Math.Max(peak, ProductGflops(device));
        var hasKernels = FusedOperators.Exist(device, options.Dtype);
        return new StepBenchmarkResult(
            TorchLibrary.Version!, options.Model, options.Batch, options.Seq, options.FreezePrefix, options.Steps, options.Warmup, get_num_threads(),
            trial.Seconds, trial.FastestSeconds, trial.ForwardSeconds, trial.BackwardSeconds, trial.ActivationBytes, trial.PeakBytes, trial.ResidentBytes,
            Operations(config, options) / trial.Seconds / 1e9, peak,
            options.Kernels.Fused && hasKernels ? CpuKernels.Current.Name : null, options.Kernels.FusedAttention && (hasKernels || device.type == DeviceType.CUDA) ? "fused" : "eager",
            trial.PrefixCacheBytes, device.type == DeviceType.CUDA ? CudaDriver.Name(Math.Max(0, device.index)) : TorchLibrary.Blas, trial.MemoryReason);
    }

    /// <summary>Operations of one step: the matrix products of the frozen weights and of attention, forward, and once more for the gradients of the inputs above the prefix. LoRA's own are left out.</summary>
    internal static double Operations(BertConfig config, StepBenchmarkOptions options)
    {
        var (hidden, tokens) = ((double)config.HiddenSize, (double)options.Batch * options.Seq);
        var perToken = (2 * ((4 * hidden * hidden) + (2 * hidden * config.IntermediateSize))) + (4 * options.Seq * hidden);
        return tokens * perToken * (config.Layers + Math.Max(0, config.Layers - options.FreezePrefix));
    }

    private static BertConfig Check(StepBenchmarkOptions o)
    {
        if (!Sizes.TryGetValue(o.Model, out var config))
            throw new UsageException($"The model size '{o.Model}' is not known; known: {string.Join(", ", Sizes.Keys)}.{Nearest.Hint(o.Model, Sizes.Keys)}");
        if (o.Batch < 1) throw new UsageException($"The batch is {o.Batch}, and must be at least 1.");
        if (o.Seq < 1) throw new UsageException($"The sequence length is {o.Seq}, and must be at least 1.");
        if (o.FreezePrefix < 0 || o.FreezePrefix > config.Layers) throw new UsageException($"The frozen prefix is {o.FreezePrefix}, and must be from 0 to the model's {config.Layers} blocks.");
        if (o.Parts < 1 || o.Batch % o.Parts != 0) throw new UsageException($"A batch of {o.Batch} cannot be taken in {o.Parts} equal parts.");
        if (o.Parts > 1 && o.PrefixCache is not null) throw new UsageException("The benchmark keeps a frozen prefix's outputs for whole batches only; leave --accumulate away.");
        if (o.Steps < 1 || o.Warmup < 0) throw new UsageException($"There must be at least 1 step and 0 warm-up steps, not {o.Steps} and {o.Warmup}.");
        // Longer texts than the real model reads show how memory grows.
        return config with { MaxPositions = Math.Max(config.MaxPositions, o.Seq) };
    }

    private static double ProductGflops(Device device)
    {
        const int repeats = 3;
        var isCuda = device.type == DeviceType.CUDA;
        var size = isCuda ? 8192 : 2048;
        long[] shape = [size, size];
        using var left = randn(shape, ScalarType.Float32, device);
        using var right = randn(shape, ScalarType.Float32, device);
        if (isCuda) cuda.synchronize();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < repeats; i++) left.mm(right).Dispose();
        if (isCuda) cuda.synchronize();
        return repeats * 2.0 * size * size * size / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }
}
