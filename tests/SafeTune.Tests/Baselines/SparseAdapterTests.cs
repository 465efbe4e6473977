using SafeTune.Baselines;
using SafeTune.Tests.Data;
using SafeTune.Tests.Training;
using SafeTune.Training;

namespace SafeTune.Tests.Baselines;

public sealed class SparseAdapterTests : IDisposable
{
    private readonly TinyFamily family = new("bert");
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        family.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(SparseScore.Snip)]
    [InlineData(SparseScore.Grasp)]
    [InlineData(SparseScore.Magnitude)]
    [InlineData(SparseScore.Random)]
    [InlineData(SparseScore.ErdosRenyi)]
    public void What_was_cut_stays_zero_and_the_rest_learns(SparseScore score)
    {
        using var tuner = new FineTuner(Job(family, new SparseAdapterOptions(0.25, score)));
        var report = tuner.Run();

        Assert.True(report.EpochLosses[^1] < report.EpochLosses[0], string.Join(", ", report.EpochLosses));
        var values = Enumerable.Range(0, 3).SelectMany(tuner.Adapters!.Unit).SelectMany(weight => weight.Value.data<float>().ToArray()).ToArray();
        // Some of what stays may not have moved from zero: of a B matrix whose A was cut.
        Assert.InRange(values.Count(value => value != 0) / (double)values.Length, 0.15, 0.26);
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("vit")]
    [InlineData("swin")]
    public void Memory_and_compute_are_those_of_lora(string type)
    {
        using var other = new TinyFamily(type);
        using var sparse = new FineTuner(Job(other, new SparseAdapterOptions()));
        using var dense = new FineTuner(Job(other, new SparseAdapterOptions()) with { Method = "lora", Baseline = null });
        var (a, b) = (sparse.Run(), dense.Run());
        Assert.Equal(b.Flops, a.Flops);
        Assert.InRange(a.MemoryMeanBytes!.Value / b.MemoryMeanBytes!.Value, 0.99, 1.1);
    }

    [Fact]
    public void Small_matrices_keep_more_by_erdos_and_renyi()
    {
        using var tuner = new FineTuner(Job(family, new SparseAdapterOptions(0.5, SparseScore.ErdosRenyi)) with { Adapter = new SafeTune.Adapters.LoraOptions(Rank: 4, TargetModules: ["query", "intermediate.dense"]) });
        tuner.Run();
        double Kept(long rows) => tuner.Adapters!.Unit(0).Where(weight => weight.Shape[0] == rows).Average(weight => weight.Value.ne(0).sum().item<long>() / (double)weight.Elements);
        Assert.True(Kept(32) > Kept(64), $"{Kept(32)} of the small, {Kept(64)} of the large");
    }

    [Fact]
    public void A_resumed_run_has_the_same_masks()
    {
        var job = Job(family, new SparseAdapterOptions(0.3));
        var whole = new Recorder();
        using (var tuner = new FineTuner(job, whole)) tuner.Run();
        var interrupted = job with { RunFolder = folder.Path };
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == 9) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        var second = new Recorder();
        using (var tuner = new FineTuner(interrupted, second)) tuner.Run();
        Assert.Equal(whole.Losses[9..], second.Losses);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.5)]
    public void A_density_out_of_range_is_refused(double density) =>
        Assert.Contains("density", Assert.Throws<UsageException>(() => new FineTuner(Job(family, new SparseAdapterOptions(density)))).Message, StringComparison.Ordinal);

    private static FineTuneJob Job(TinyFamily family, SparseAdapterOptions options) => new()
    {
        ModelFolder = family.Folder,
        Method = "lora+sparseadapter",
        Baseline = options,
        Train = family.Task(96),
        Training = new TrainingOptions { Epochs = 5, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
    };
}
