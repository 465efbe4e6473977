using SafeTune.Freezing;
using SafeTune.Models;
using SafeTune.Training;

namespace SafeTune.Tests.Training;

/// <summary>LoRA and SAFE on every family of models, through the one training loop.</summary>
public sealed class FamilyTests : IDisposable
{
    private readonly string runs = Path.Combine(Path.GetTempPath(), "safetune-families-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string> Families => [.. TinyFamily.All];

    public void Dispose()
    {
        if (Directory.Exists(runs)) Directory.Delete(runs, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Safe_learns_frees_and_resumes(string type)
    {
        using var family = new TinyFamily(type);
        var whole = new Recorder();
        var job = Job(family);
        var report = Run(job, whole);

        // It learns.
        Assert.True(report.EpochLosses[^1] < 0.9 * report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        Assert.All(report.Scores.Values, score => Assert.True(double.IsFinite(score)));

        // The frozen prefix frees what autograd held and what backward computed.
        var unfrozen = Run(job with { Method = "lora" });
        Assert.True(report.LowestTrainableLayer > 0, $"lowest trainable block {report.LowestTrainableLayer}; scores {string.Join(" | ", report.Probes.Select(probe => string.Join(' ', probe.Scores.Select(score => score.ToString("F3", null)))))}");
        Assert.True(report.MemoryAfterBytes < unfrozen.MemoryAfterBytes, $"{report.MemoryAfterBytes} after freezing, {unfrozen.MemoryAfterBytes} without");
        Assert.True(report.Flops.Backward < unfrozen.Flops.Backward);

        // A run that was stopped after its first freezing goes on as if it had not been.
        var resumed = Run(Stopped(job, whole.Freezes[0].Step + 1), out var second);
        Assert.Equal(whole.Losses[(whole.Freezes[0].Step + 1)..], second.Losses);
        Assert.Equal(report.Scores, resumed.Scores);
        Assert.Equal(report.Flops, resumed.Flops);
        Assert.Equal(report.MemoryMeanBytes, resumed.MemoryMeanBytes);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_frozen_block_frees_what_it_held_and_some_of_what_the_next_one_does(string type)
    {
        // The next one holds less, since its input needs no gradient any more.
        Assert.All(FrozenOneByOne(type), freeze => Assert.InRange((double)freeze.ActivationBytesPredicted! / (double)freeze.ActivationBytesMeasured!, 0.7, 1.0));
    }

    // Swin's blocks differ from stage to stage.
    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("vit")]
    public void Equal_blocks_free_the_same_one_after_the_other(string type) =>
        Assert.Single(FrozenOneByOne(type).Select(freeze => freeze.ActivationBytesMeasured).Distinct());

    [Theory]
    [MemberData(nameof(Families))]
    public void What_was_trained_is_saved_and_loaded(string type)
    {
        using var family = new TinyFamily(type);
        var job = Job(family) with { Method = "lora" };
        using var tuner = new FineTuner(job);
        var report = tuner.Run();
        FineTunedModel.Save(runs, job, tuner, report);

        using var loaded = FineTunedModel.Load(runs);

        Same(report.Scores, loaded.Evaluate(job.Validation!));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void All_weights_learn_too_and_are_saved_as_a_model(string type)
    {
        using var family = new TinyFamily(type);
        var job = Job(family) with { Method = "full" };
        using var tuner = new FineTuner(job with { Training = job.Training with { LearningRate = 1e-3 } });
        var report = tuner.Run();
        FineTunedModel.Save(runs, job, tuner, report);

        using var loaded = FineTunedModel.Load(runs);

        Assert.True(report.EpochLosses[^1] < report.EpochLosses[0]);
        Same(report.Scores, loaded.Evaluate(job.Validation!));
    }

    // Batches of another size round otherwise.
    private static void Same(IReadOnlyDictionary<string, double> expected, IReadOnlyDictionary<string, double> found) =>
        Assert.All(expected, score => Assert.InRange(found[score.Key] / score.Value, 1 - 1e-5, 1 + 1e-5));

    private static FineTuneJob Job(TinyFamily family) => new()
    {
        ModelFolder = family.Folder,
        Method = "lora+safe",
        Train = family.Task(96),
        Validation = family.Task(32, seed: 2),
        Training = new TrainingOptions { Epochs = 6, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
        Safe = new SafeOptions { TauFinal = 0.3, ProbesPerEpoch = 2, ProbeExamples = 32 },
    };

    // All blocks but the highest, by a plan and in steps of the same batch, of composed operators: no number of the training decides how many bytes there are.
    private static List<FreezeEvent> FrozenOneByOne(string type)
    {
        using var family = new TinyFamily(type);
        var freezes = type == "swin" ? 3 : 2;
        var recorder = new Recorder();
        Run(Job(family) with
        {
            Kernels = KernelOptions.Composed,
            Train = family.Task(16),
            Validation = null,
            Training = new TrainingOptions { Epochs = freezes + 1, BatchSize = 16, MaxLength = 32 },
            FreezePlan = new FreezePlan([.. Enumerable.Range(0, freezes).Select(block => new PlannedFreeze(block, Step: block + 1))]),
        }, recorder);
        Assert.Equal(freezes, recorder.Freezes.Count);
        return recorder.Freezes;
    }

    private FineTuneJob Stopped(FineTuneJob job, int after)
    {
        var interrupted = job with { RunFolder = runs };
        using var stop = new CancellationTokenSource();
        using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == after) stop.Cancel(); } });
        Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        return interrupted;
    }

    private static RunReport Run(FineTuneJob job, out Recorder recorder) => Run(job, recorder = new Recorder());

    private static RunReport Run(FineTuneJob job, ITrainingListener? listener = null)
    {
        using var tuner = new FineTuner(job, listener);
        return tuner.Run();
    }
}
