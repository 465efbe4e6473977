using SafeTune.Freezing;
using SafeTune.Tests.Training;
using SafeTune.Training;

namespace SafeTune.Tests.Adapters;

/// <summary>Every adapter method on every family: it trains, freezes, saves and loads.</summary>
public sealed class MethodMatrixTests : IDisposable
{
    private static readonly string[] Methods = ["lora", "adalora", "houlsby", "pfeiffer", "bitfit"];
    private readonly string folder = Path.Combine(Path.GetTempPath(), "safetune-matrix-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string, string> Matrix
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (var method in Methods)
            {
                // LLaMA has no biases for BitFit to train.
                foreach (var family in TinyFamily.All.Where(family => (method, family) != ("bitfit", "llama"))) data.Add(method, family);
            }

            return data;
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void It_trains_freezes_saves_and_loads(string method, string family)
    {
        using var model = new TinyFamily(family);
        var job = Job(model, method + "+safe");
        var recorder = new Recorder();
        using var tuner = new FineTuner(job, recorder);
        var report = tuner.Run();

        Assert.True(report.EpochLosses[^1] < report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        Assert.NotEmpty(report.Freezes);
        Assert.All(report.Freezes, freeze => Assert.True(freeze.OptimizerBytes > 0 && !tuner.Adapters!.Unit(freeze.Block).Any(weight => weight.Trains)));

        FineTunedModel.Save(folder, job, tuner, report);
        using var loaded = FineTunedModel.Load(folder);
        Assert.All(report.Scores, score => Assert.InRange(loaded.Evaluate(job.Validation!)[score.Key] / score.Value, 1 - 1e-5, 1 + 1e-5));
    }

    [Theory]
    [InlineData("adalora")]
    [InlineData("houlsby")]
    [InlineData("bitfit")]
    public void A_resumed_run_equals_an_uninterrupted_one(string method)
    {
        using var model = new TinyFamily("bert");
        var job = Job(model, method + "+safe");
        var whole = new Recorder();
        using (var tuner = new FineTuner(job, whole)) tuner.Run();

        var interrupted = job with { RunFolder = folder };
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == 17) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        var second = new Recorder();
        using (var tuner = new FineTuner(interrupted, second)) tuner.Run();
        Assert.Equal(whole.Losses[17..], second.Losses);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("houlsby")]
    [InlineData("bitfit")]
    public void A_training_goes_on_from_a_saved_adapter(string method)
    {
        using var model = new TinyFamily("bert");
        var job = Job(model, method);
        double last;
        using (var tuner = new FineTuner(job))
        {
            var report = tuner.Run();
            FineTunedModel.Save(folder, job, tuner, report);
            last = report.EpochLosses[^1];
        }

        using var second = new FineTuner(job with { StartFrom = folder });
        Assert.True(second.Run().EpochLosses[0] < last * 1.1);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("swin")]
    public void Adapters_in_the_upper_blocks_come_back_in_those_blocks(string family)
    {
        using var model = new TinyFamily(family);
        var job = Job(model, "lora+zhang");
        using var tuner = new FineTuner(job);
        var report = tuner.Run();
        FineTunedModel.Save(folder, job, tuner, report);
        using var loaded = FineTunedModel.Load(folder);
        Assert.All(report.Scores, score => Assert.InRange(loaded.Evaluate(job.Validation!)[score.Key] / score.Value, 1 - 1e-5, 1 + 1e-5));
        using var again = new FineTuner(job with { Method = "lora", StartFrom = folder });
        Assert.Equal(Enumerable.Range(0, tuner.Model.Blocks.Count).Select(tuner.Adapters!.HasUnit), Enumerable.Range(0, tuner.Model.Blocks.Count).Select(again.Adapters!.HasUnit));
    }

    [Fact]
    public void An_adapter_of_another_kind_is_not_gone_on_from()
    {
        using var model = new TinyFamily("bert");
        var job = Job(model, "pfeiffer");
        using (var tuner = new FineTuner(job)) FineTunedModel.Save(folder, job, tuner, tuner.Run());
        Assert.Contains("is of the method 'pfeiffer'", Assert.Throws<UsageException>(() => new FineTuner(Job(model, "lora") with { StartFrom = folder })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_without_biases_is_refused_by_bitfit()
    {
        using var model = new TinyFamily("llama");
        Assert.Contains("this llama model has none", Assert.Throws<UsageException>(() => new FineTuner(Job(model, "bitfit"))).Message, StringComparison.Ordinal);
    }

    private static FineTuneJob Job(TinyFamily family, string method) => new()
    {
        ModelFolder = family.Folder,
        Method = method,
        Train = family.Task(96),
        Validation = family.Task(32, seed: 2),
        Training = new TrainingOptions { Epochs = 5, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
        Safe = new SafeOptions { TauFinal = 0.3, ProbesPerEpoch = 2, ProbeExamples = 32 },
    };
}
