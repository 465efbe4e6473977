using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Freezing;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Training;

/// <summary>On a GPU the same numbers come out as on the CPU, and memory is measured there.</summary>
public sealed class GpuTests : IDisposable
{
    private readonly string runs = Path.Combine(Path.GetTempPath(), "safetune-gpu-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var type in TinyFamily.All)
            {
                cases.Add(type, false);
                cases.Add(type, true);
            }

            return cases;
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
    }

    [GpuTheory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_are_the_processors(string type, bool fused)
    {
        using var family = new TinyFamily(type);
        var (loss, gradients) = Gradients(family, CPU, KernelOptions.Composed);
        var (lossThere, gradientsThere) = Gradients(family, CUDA, fused ? KernelOptions.All : KernelOptions.Composed);

        Assert.Equal(loss, lossThere, 1e-4 * Math.Abs(loss));
        Assert.Equal(gradients.Keys.Order(), gradientsThere.Keys.Order());
        Assert.All(gradients, gradient =>
        {
            var other = gradientsThere[gradient.Key];
            var distance = Math.Sqrt(gradient.Value.Zip(other, (a, b) => (double)(a - b) * (a - b)).Sum());
            Assert.True(distance <= 2e-3 * Math.Sqrt(gradient.Value.Sum(a => (double)a * a)) + 1e-6, $"{gradient.Key} differs by {distance}");
        });
    }

    [GpuFact]
    public void Safe_learns_freezes_and_resumes_there()
    {
        using var family = new TinyFamily("bert");
        var job = new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = "lora+safe",
            Train = family.Task(64),
            Validation = family.Task(32, seed: 2),
            Training = new TrainingOptions { Epochs = 6, BatchSize = 8, LearningRate = 5e-3, MaxLength = 32 },
            Safe = new SafeOptions { TauFinal = 0.3, ProbesPerEpoch = 2, ProbeExamples = 32 },
            Device = CUDA,
        };
        var whole = new Recorder();
        var report = Run(job, whole);
        Assert.True(report.EpochLosses[^1] < 0.9 * report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        Assert.NotEmpty(report.Freezes);
        Assert.True(report.MemoryAfterBytes <= report.MemoryBeforeBytes, $"{report.MemoryAfterBytes} after freezing, {report.MemoryBeforeBytes} before");

        var interrupted = job with { RunFolder = Path.Combine(runs, "a") };
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == 20) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        // Sums on a GPU come in any order.
        var second = new Recorder();
        Run(interrupted, second);
        Assert.Equal(whole.Losses.Count - 20, second.Losses.Count);
        Assert.All(whole.Losses[20..].Zip(second.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-2));
    }

    [GpuFact]
    public void The_meter_counts_a_tensors_bytes()
    {
        const long bytes = 8 << 20;
        using var meter = MemoryMeter.TryStart(CUDA, out var whyNot)!;
        Assert.Null(whyNot);
        meter.ResetPeak();
        var before = meter.CurrentBytes;
        using (zeros([bytes / sizeof(float)], ScalarType.Float32, CUDA)) Assert.Equal(bytes, meter.CurrentBytes - before);
        Assert.Equal(before, meter.CurrentBytes);
        Assert.Equal(bytes, meter.PeakBytes - before);
    }

    [GpuFact]
    public void The_meter_begins_at_nothing_and_counts_no_workspace_of_matrix_products()
    {
        using var held = zeros([1 << 20], ScalarType.Float32, CUDA);
        using var meter = MemoryMeter.TryStart(CUDA, out _)!;
        Assert.Equal(0, meter.CurrentBytes);
        using var x = ones([64, 64], ScalarType.Float32, CUDA).requires_grad_();
        using (var loss = x.mm(x).sum()) loss.backward();
        x.grad = null;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(meter.CurrentBytes, 0, 4 * 64 * 64 * sizeof(float));
    }

    [GpuTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_training_takes_what_was_predicted(bool fused)
    {
        var (config, shape, kernels) = (new BertConfig { Layers = 3 }, new InputShape(16, 128), fused ? KernelOptions.All : KernelOptions.Composed);
        var trial = StepTrial.Run(new StepTrialOptions(config, HeadOptions.Classes(2), shape) { Device = CUDA, Kernels = kernels });
        using var planner = new Planner(config, HeadOptions.Classes(2), "lora", kernels: kernels.On(DeviceType.CUDA));
        var planned = planner.Predict(0, shape);
        Assert.InRange((double)planned.ActivationBytes / trial.ActivationBytes!.Value, 0.97, 1.03);
        Assert.InRange((double)planned.PeakBytes / trial.PeakBytes!.Value, 0.97, 1.03);
        Assert.InRange((double)planned.ResidentBytes / trial.ResidentBytes!.Value, 0.97, 1.03);
    }

    [GpuFact]
    public void Fused_attention_keeps_nothing_that_grows_with_the_square_of_the_length()
    {
        long Held(int length) => StepTrial.Run(new StepTrialOptions(new BertConfig { Layers = 2, HiddenSize = 128, Heads = 2, IntermediateSize = 256, MaxPositions = 2048 }, HeadOptions.Classes(2), new InputShape(4, length))
        {
            Device = CUDA, Steps = 1, Warmup = 1,
        }).ActivationBytes!.Value;

        Assert.InRange((double)Held(2048) / Held(512), 3.5, 4.5);
    }

    private static RunReport Run(FineTuneJob job, ITrainingListener listener)
    {
        using var tuner = new FineTuner(job, listener);
        return tuner.Run();
    }

    private static (double Loss, Dictionary<string, float[]> Gradients) Gradients(TinyFamily family, Device device, KernelOptions kernels)
    {
        using var model = AutoModel.Load(family.Folder, family.Head with { IsFresh = false }, new LoadOptions(device) { AllowMismatch = true });
        model.Use(kernels);
        var head = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        var adapters = LoraAdapters.Inject(model, new LoraOptions { Dropout = 0 });
        // Drawn on the CPU: a GPU's generator draws others.
        manual_seed(3);
        foreach (var (path, weight) in model.NamedWeights().Where(entry => head.Contains(entry.Path)).OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            using var drawn = randn([.. weight.Shape]);
            weight.Set((drawn * 0.1).to(device));
            weight.Trains = true;
        }

        foreach (var weight in Enumerable.Range(0, model.Blocks.Count).SelectMany(adapters.Unit))
        {
            using var drawn = randn([.. weight.Shape]);
            weight.Set((drawn * 0.1).to(device));
            weight.Trains = true;
        }

        model.Train(false);
        using var batch = new Batches(family.Task(8), ExampleEncoders.For(model, family.Folder, maxLength: 32), 8, device).Of([0, 1, 2, 3, 4, 5, 6, 7]);
        using var pass = new ForwardPass(model);
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        return (output.Loss!.item<float>(), model.NamedWeights().Where(entry => entry.Weight.Trains && entry.Weight.Value.grad is not null)
            .ToDictionary(entry => entry.Path, entry => entry.Weight.Value.grad!.cpu().data<float>().ToArray()));
    }
}
