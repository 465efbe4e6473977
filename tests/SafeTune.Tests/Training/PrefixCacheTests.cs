using SafeTune.Freezing;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Training;

public sealed class PrefixCacheTests
{
    [Theory]
    [InlineData("bert", PrefixStore.Ram)]
    [InlineData("roberta", PrefixStore.Disk)]
    [InlineData("gpt2", PrefixStore.Disk)]
    [InlineData("llama", PrefixStore.Ram)]
    [InlineData("vit", PrefixStore.Disk)]
    [InlineData("swin", PrefixStore.Ram)]
    public void A_training_with_kept_outputs_is_the_one_without(string type, PrefixStore store)
    {
        using var family = new TinyFamily(type);
        var (plain, plainLosses) = Train(family, cache: null);
        var (kept, keptLosses) = Train(family, new PrefixCacheOptions(store));
        Assert.Equal(0, plain.PrefixCacheBytes);
        Assert.True(kept.PrefixCacheBytes > 0);
        Assert.Equal(plainLosses.Count, keptLosses.Count);
        Assert.All(plainLosses.Zip(keptLosses), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        // The forward pass of the frozen blocks has gone, and nothing else.
        Assert.True(kept.Flops.Forward < plain.Flops.Forward);
        Assert.Equal(plain.Flops with { Forward = 0 }, kept.Flops with { Forward = 0 });
    }

    [Fact]
    public void What_does_not_fit_is_computed()
    {
        using var family = new TinyFamily("bert");
        var (whole, losses) = Train(family, new PrefixCacheOptions());
        var (half, halfLosses) = Train(family, new PrefixCacheOptions(Bytes: whole.PrefixCacheBytes / 2));
        Assert.InRange(half.PrefixCacheBytes, 1, whole.PrefixCacheBytes / 2);
        Assert.All(losses.Zip(halfLosses), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
        Assert.True(half.Flops.Forward > whole.Flops.Forward);
    }

    [Fact]
    public void Half_as_wide_they_take_half_the_bytes()
    {
        using var family = new TinyFamily("bert");
        var (single, losses) = Train(family, new PrefixCacheOptions());
        var (narrow, narrowLosses) = Train(family, new PrefixCacheOptions(Dtype: ScalarType.BFloat16));
        Assert.Equal(single.PrefixCacheBytes, 2 * narrow.PrefixCacheBytes);
        Assert.All(losses.Zip(narrowLosses), pair => Assert.Equal(pair.First, pair.Second, 0.05));
    }

    [Fact]
    public void A_resumed_training_fills_it_again()
    {
        using var family = new TinyFamily("bert");
        using var folder = new TemporaryFolder();
        var job = Job(family, new PrefixCacheOptions(PrefixStore.Disk)) with { RunFolder = folder.Path };
        var (_, losses) = Train(family, new PrefixCacheOptions(PrefixStore.Disk));
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(job, new Recorder { OnStep = step => { if (step == 11) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        Assert.Empty(Directory.GetFiles(folder.Path, "*.cache"));
        var rest = new Recorder();
        using (var tuner = new FineTuner(job, rest)) Assert.True(tuner.Run().PrefixCacheBytes > 0);
        Assert.All(losses.TakeLast(rest.Losses.Count).Zip(rest.Losses), pair => Assert.Equal(pair.First, pair.Second, 2e-4));
    }

    [Fact]
    public void It_is_refused_where_frozen_blocks_keep_their_dropout()
    {
        using var family = new TinyFamily("bert");
        var job = Job(family, new PrefixCacheOptions());
        var error = Assert.Throws<UsageException>(() => new FineTuner(job with { Training = job.Training with { FrozenDropout = true } }));
        Assert.Contains("no dropout", error.Message);
    }

    private static (RunReport Report, List<double> Losses) Train(TinyFamily family, PrefixCacheOptions? cache)
    {
        var recorder = new Recorder();
        using var tuner = new FineTuner(Job(family, cache), recorder);
        return (tuner.Run(), recorder.Losses);
    }

    // The lowest block freezes in the first epoch, the next one later, so that kept outputs are taken one block further.
    private static FineTuneJob Job(TinyFamily family, PrefixCacheOptions? cache) => new()
    {
        ModelFolder = family.Folder,
        Method = "lora+safe",
        Train = family.Task(48),
        FreezePlan = new FreezePlan([new PlannedFreeze(0, 2, 0.1, 0.2), new PlannedFreeze(1, 8, 0.1, 0.2)]),
        Training = new TrainingOptions { Epochs = 5, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, FrozenDropout = false, PrefixCache = cache },
    };
}
