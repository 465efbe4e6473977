using SafeTune.Baselines;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Tests.Training;
using SafeTune.Training;

namespace SafeTune.Tests.Baselines;

/// <summary>Every baseline on every family of encoders: it trains, resumes and keeps its promise about memory and compute, or is refused in a sentence.</summary>
public sealed class BaselineMatrixTests
{
    // Memory after and mean, and compute, as shares of LoRA's on the same projections: the kind of trade that the paper's Table 1 reports.
    private static readonly Dictionary<string, (double[] After, double[] Mean, double[] Flops)> Promises = new()
    {
        ["lora+zhang"] = ([0.1, 0.7], [0.1, 0.7], [0.3, 0.8]),
        ["lora+adapterdrop"] = ([0.95, 1.05], [0.4, 0.97], [0.5, 0.95]),
        ["lora+sparseadapter"] = ([0.95, 1.1], [0.95, 1.1], [1, 1]),
        ["lora+loraprune"] = ([0.3, 0.85], [0.5, 0.95], [0.5, 0.95]),
        ["lora+meft"] = ([0.3, 0.9], [0.3, 0.9], [1.05, 2]),
        ["lora+slimfit"] = ([0.9, 1.1], [0.3, 1], [0.5, 1]),
    };

    private static readonly string[] Refused = ["lora+loraprune on swin", "lora+meft on swin"];

    public static TheoryData<string, string> Matrix
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (var method in Methods.Known.Where(method => Methods.Baseline(method) is not null))
            {
                foreach (var family in (string[])["bert", "roberta", "vit", "swin"]) data.Add(method, family);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void It_keeps_its_promise(string method, string family)
    {
        using var model = new TinyFamily(family, layers: 8);
        var job = Job(model, method);
        if (Refused.Contains($"{method} on {family}"))
        {
            Assert.Contains("choose another method or model", Assert.Throws<UsageException>(() => new FineTuner(job)).Message, StringComparison.Ordinal);
            return;
        }

        using var tuner = new FineTuner(job);
        using var plain = new FineTuner(job with { Method = "lora", Adapter = method == "lora+loraprune" ? tuner.Adapters!.Settings : null });
        var (lora, report) = (plain.Run(), tuner.Run());

        Assert.True(report.EpochLosses[^1] < report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        var (after, mean, flops) = Promises[method];
        Assert.InRange(report.MemoryAfterBytes!.Value / (double)lora.MemoryAfterBytes!.Value, after[0], after[1]);
        Assert.InRange(report.MemoryMeanBytes!.Value / lora.MemoryMeanBytes!.Value, mean[0], mean[1]);
        Assert.InRange(report.Flops.Total / (double)lora.Flops.Total, flops[0], flops[1]);
    }

    [Theory]
    [InlineData("lora+loraprune")]
    [InlineData("lora+meft")]
    [InlineData("lora+slimfit")]
    public void A_resumed_run_equals_an_uninterrupted_one(string method)
    {
        using var model = new TinyFamily("bert");
        using var folder = new TemporaryFolder();
        var job = Job(model, method) with { Baseline = method == "lora+loraprune" ? new LoraPruneOptions(Frequency: 4) : null };
        var whole = new Recorder();
        using (var tuner = new FineTuner(job, whole)) tuner.Run();

        var interrupted = job with { RunFolder = folder.Path };
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == 19) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        var second = new Recorder();
        using (var tuner = new FineTuner(interrupted, second)) tuner.Run();
        Assert.Equal(whole.Losses[19..], second.Losses);
    }

    [Theory]
    [InlineData("lora+loraprune")]
    [InlineData("lora+meft")]
    public void What_changes_the_network_is_not_saved_as_an_adapter(string method)
    {
        using var model = new TinyFamily("bert");
        using var folder = new TemporaryFolder();
        var job = Job(model, method);
        using var tuner = new FineTuner(job);
        var report = tuner.Run();
        Assert.Contains("changes the network", Assert.Throws<UsageException>(() => FineTunedModel.Save(folder.Path, job, tuner, report)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Settings_of_another_baseline_are_refused()
    {
        using var model = new TinyFamily("bert");
        Assert.Contains("'slimfit'", Assert.Throws<UsageException>(() => new FineTuner(Job(model, "lora+meft") with { Baseline = new SlimFitOptions() })).Message, StringComparison.Ordinal);
    }

    private static FineTuneJob Job(TinyFamily family, string method) => new()
    {
        ModelFolder = family.Folder,
        Method = method,
        // What a baseline saves, it saves of the composed operators' memory.
        Kernels = KernelOptions.Composed,
        Train = family.Task(96),
        Training = new TrainingOptions { Epochs = 5, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
    };
}
