using SafeTune.Adapters;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using Xunit;

namespace SafeTune.Tests.Training;

public sealed class FineTunerTests : IDisposable
{
    private readonly TinyModel model = new();
    private readonly string runs = Path.Combine(Path.GetTempPath(), "safetune-runs-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        model.Dispose();
        if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("lora+zhang")]
    [InlineData("lora+safe")]
    [InlineData("full")]
    public void Every_method_learns(string method)
    {
        var report = Run(Job(method, epochs: 6) with { Validation = TinyModel.Halves(64, seed: 2) });
        Assert.True(report.EpochLosses[^1] < 0.8 * report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        Assert.True(report.Scores["accuracy"] > 0.7, $"accuracy {report.Scores["accuracy"]}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_losses_to_the_last_bit() =>
        Assert.Equal(Losses(Job("lora+safe")), Losses(Job("lora+safe")));

    [Fact]
    public void Another_seed_gives_other_losses() =>
        Assert.NotEqual(Losses(Job("lora")), Losses(Job("lora", seed: 2)));

    [Fact]
    public void Every_seed_and_step_draws_its_own_numbers()
    {
        var drawn = Enumerable.Range(0, 5).SelectMany(seed => Enumerable.Range(0, 2000).Select(step => (uint)TrainingLoop.StepSeed(seed, step)));
        Assert.Equal(5 * 2000, drawn.Distinct().Count());
    }

    [Fact]
    public void Recording_importance_does_not_change_the_training() =>
        Assert.Equal(Losses(Job("lora")), Losses(Job("lora") with { RecordImportance = true }));

    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(29)]
    public void A_resumed_run_equals_an_uninterrupted_one(int stopAfter)
    {
        var job = Job("lora+safe") with { Validation = TinyModel.Halves(64, seed: 2) };
        var whole = new Recorder();
        var expected = Run(job, whole);

        var interrupted = job with { RunFolder = Path.Combine(runs, "a") };
        using (var stop = new CancellationTokenSource())
        {
            var first = new Recorder { OnStep = step => { if (step == stopAfter) stop.Cancel(); } };
            using var tuner = new FineTuner(interrupted, first);
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        var second = new Recorder();
        var resumed = Run(interrupted, second);
        Assert.Equal(whole.Losses[stopAfter..], second.Losses);
        Assert.Equal(expected.Scores, resumed.Scores);
        Assert.Equal(expected.EpochLosses, resumed.EpochLosses);
        Assert.Equal(expected.Flops, resumed.Flops);
        Assert.Equal(expected.Freezes, resumed.Freezes);
        Assert.Equal(expected.MemoryMeanBytes, resumed.MemoryMeanBytes);
        Assert.Equal(expected.MemoryAfterBytes, resumed.MemoryAfterBytes);
        Assert.Equal(expected.ResidentBytes, resumed.ResidentBytes);
    }

    [Fact]
    public void Safe_freezes_and_what_it_freed_is_recorded()
    {
        var report = Run(Job("lora+safe", epochs: 6));
        Assert.NotEmpty(report.Freezes);
        Assert.NotNull(report.WarmUpEnd);
        Assert.Equal((double)report.Freezes.Count / 3, report.FrozenFraction);
        Assert.All(report.Freezes, freeze =>
        {
            Assert.True(freeze.Score < freeze.Tau);
            Assert.Equal(2 * (4 * 32 + 32 * 4) * sizeof(float), freeze.GradientBytes);
            Assert.Equal(2 * freeze.GradientBytes, freeze.OptimizerBytes);
        });
    }

    [Fact]
    public void A_frozen_prefix_frees_activations_and_compute()
    {
        var composed = Job("lora", epochs: 6) with { Kernels = KernelOptions.Composed };
        var frozen = Run(composed with { Method = "lora+safe", Safe = new SafeOptions { TauFinal = 1, ProbesPerEpoch = 2 } });
        var unfrozen = Run(composed);
        Assert.True(frozen.MemoryAfterBytes < unfrozen.MemoryAfterBytes);
        Assert.True(frozen.MemoryMeanBytes < unfrozen.MemoryMeanBytes);
        Assert.True(frozen.Flops.Total < unfrozen.Flops.Total);
        Assert.Equal(unfrozen.Flops.Forward, frozen.Flops.Forward);
        Assert.Equal(3, frozen.LowestTrainableLayer);
        Assert.All(frozen.Freezes, freeze => Assert.True(freeze.ActivationBytesMeasured > 0));
        Assert.All(frozen.Freezes, freeze => Assert.InRange((double)freeze.ActivationBytesPredicted! / (double)freeze.ActivationBytesMeasured!, 0.99, 1.01));
    }

    [Fact]
    public void Frozen_adapter_does_not_move_and_its_state_is_gone()
    {
        float[]? atFreeze = null;
        var job = Job("lora+safe", epochs: 6) with { Safe = new SafeOptions { TauFinal = 1, ProbesPerEpoch = 2 } };
        var recorder = new Recorder();
        using var tuner = new FineTuner(job, recorder);
        recorder.OnFreeze = freeze => atFreeze ??= Values(tuner.Adapters!, freeze.Block);
        recorder.OnStep = _ => Assert.All(Frozen(recorder), block => Assert.All(tuner.Adapters!.Unit(block), weight => Assert.Null(weight.Value.grad)));
        tuner.Run();
        Assert.NotNull(atFreeze);
        Assert.True(recorder.Losses.Count > recorder.Freezes[0].Step + 5);
        Assert.Equal(atFreeze, Values(tuner.Adapters!, recorder.Freezes[0].Block));
        Assert.True(recorder.Freezes[0].OptimizerBytes > 0);
    }

    [Fact]
    public void Live_tensors_and_bytes_are_flat_over_200_steps()
    {
        List<(long Tensors, long Bytes)> live = [];
        using var meter = SafeTune.Measurement.MemoryMeter.TryStart(torch.CPU, out var reason);
        Assert.True(meter is not null, reason);
        var recorder = new Recorder { OnStep = _ => live.Add((DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount, meter.CurrentBytes)) };
        Run(Job("lora", epochs: 25), recorder);
        Assert.True(live.Count >= 200);
        Assert.Equal(live[2].Tensors, live[^2].Tensors);
        Assert.Equal(live.Skip(2).Min(entry => entry.Bytes), live.Skip(100).Min(entry => entry.Bytes));
        Assert.Equal(live.Skip(2).Max(entry => entry.Bytes), live.Skip(100).Max(entry => entry.Bytes));
    }

    [Fact]
    public void Early_stopping_keeps_the_best_weights()
    {
        var job = Job("lora", epochs: 12) with { Validation = TinyModel.Halves(48, seed: 2) };
        job = job with { Training = job.Training with { EarlyStopPatience = 1, LearningRate = 2e-2 } };
        var recorder = new Recorder();
        var report = Run(job, recorder);
        Assert.True(report.EpochLosses.Count < 12);
        Assert.Equal(recorder.Evaluations.Max(scores => scores["accuracy"]), report.Scores["accuracy"]);
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_the_run_with_its_reason()
    {
        var job = Job("lora") with { Train = new Dataset("huge", "train", [new TextExample("red cat", null, 1e30)], null, 0) };
        var failure = Assert.Throws<TrainingFailedException>(() => Run(job));
        Assert.Contains("the loss became", failure.Message);
    }

    [Fact]
    public void An_unknown_method_is_refused_with_the_nearest() =>
        Assert.Contains("'lora+safe'", Assert.Throws<UsageException>(() => Run(Job("lora+saef"))).Message);

    private static IEnumerable<int> Frozen(Recorder recorder) => recorder.Freezes.Select(freeze => freeze.Block);

    private static float[] Values(AdapterSet adapters, int block) =>
        [.. adapters.Unit(block).SelectMany(weight => weight.Value.data<float>().ToArray())];

    private FineTuneJob Job(string method, int epochs = 4, int seed = 1) => new()
    {
        ModelFolder = model.Folder,
        Method = method,
        Train = TinyModel.Halves(128),
        Training = new TrainingOptions { Epochs = epochs, BatchSize = 16, MaxLength = 32, LearningRate = method == "full" ? 1e-3 : 5e-3, Seed = seed, CheckpointSeconds = 0 },
        Safe = new SafeOptions { ProbesPerEpoch = 2, ProbeExamples = 32 },
    };

    private static List<double> Losses(FineTuneJob job)
    {
        var recorder = new Recorder();
        Run(job, recorder);
        return recorder.Losses;
    }

    private static RunReport Run(FineTuneJob job, ITrainingListener? listener = null)
    {
        using var tuner = new FineTuner(job, listener);
        return tuner.Run();
    }
}
