using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Baselines;

public sealed class LoraPruneTests
{
    [Theory]
    [InlineData("bert")]
    [InlineData("vit")]
    public void Half_of_the_heads_and_channels_leave_memory(string type)
    {
        using var family = new TinyFamily(type);
        using var tuner = new FineTuner(Job(family));
        var report = tuner.Run();
        Assert.All(tuner.Model.Blocks, block => Assert.Equal([2, 32], block.Prunable.Select(groups => groups.Count)));
        // 3 blocks: 4 × 32 × 16 of attention, 2 × 32 × 32 of the feed-forward part, and the biases of the layers that write.
        var cut = 3 * ((4 * 32 * 16) + (2 * 32 * 32) + (3 * 16) + 32);
        using var whole = new FineTuner(Job(family) with { Method = "lora", Adapter = tuner.Adapters!.Settings });
        Assert.Equal(Frozen(whole.Model) - cut, Frozen(tuner.Model));
        Assert.True(report.MemoryAfterBytes < report.MemoryBeforeBytes - (cut * sizeof(float)));
    }

    /// <summary>What a pruned network computes is what the whole one does when the pruned parts are zero.</summary>
    [Theory]
    [InlineData("bert")]
    [InlineData("vit")]
    public void A_pruned_network_computes_as_the_whole_one_with_zeros(string type)
    {
        using var family = new TinyFamily(type);
        using var pruned = Load(family, out var adapters);
        using var zeroed = Load(family, out _);
        long[] kept = [1, 3];
        using var off = no_grad();
        using var scope = NewDisposeScope();
        // Two of four heads, all channels but the first.
        foreach (var block in zeroed.Blocks)
        {
            foreach (var head in (long[])[0, 2]) block.Prunable[0].Reader.Weight.Value.narrow(1, head * 8, 8).zero_();
            foreach (var head in (long[])[0, 2]) ((Lora)block.Prunable[0].Reader.Adapter!).A.Value.narrow(1, head * 8, 8).zero_();
            block.Prunable[1].Reader.Weight.Value.narrow(1, 0, 1).zero_();
            ((Lora)block.Prunable[1].Reader.Adapter!).A.Value.narrow(1, 0, 1).zero_();
        }

        using var pass = new ForwardPass(pruned);
        var rule = new LoraPruneOptions().Begin(new BaselineRun(adapters, pass, 1, 10, (_, _, _) => { }));
        var state = new Dictionary<string, Tensor>();
        foreach (var i in Enumerable.Range(0, pruned.Blocks.Count))
        {
            state[$"{2 * i}.kept"] = tensor(kept);
            state[$"{2 * i}.importance"] = ones(2);
            state[$"{(2 * i) + 1}.kept"] = arange(1, 64, ScalarType.Int64);
            state[$"{(2 * i) + 1}.importance"] = ones(63);
        }

        rule!.Restore(name => state[name]);
        using var batch = family.Batch(pruned, 3);
        using var a = pass.Run(batch);
        using var b = new ForwardPass(zeroed).Run(batch);
        Assert.InRange((a.Logits - b.Logits).abs().max().item<float>(), 0, 1e-5);
        Assert.True(FlopCounter.Step(pruned, batch.Shape).Total < FlopCounter.Step(zeroed, batch.Shape).Total);
    }

    /// <summary>Where a part's adapters have no gradient it matters least, and goes first.</summary>
    [Fact]
    public void Parts_without_a_say_go_first()
    {
        using var family = new TinyFamily("bert");
        using var model = Load(family, out var adapters);
        model.Train(false);
        // Head 2 of every block is cut off from what reads it.
        using (no_grad())
        {
            foreach (var block in model.Blocks)
            {
                block.Prunable[0].Reader.Weight.Value.narrow(1, 16, 8).zero_();
                ((Lora)block.Prunable[0].Reader.Adapter!).A.Value.narrow(1, 16, 8).zero_();
            }
        }

        using var pass = new ForwardPass(model);
        var rule = new LoraPruneOptions(Ratio: 0.25, Frequency: 1, WarmUp: 0).Begin(new BaselineRun(adapters, pass, 1, 1, (_, _, _) => { }));
        using var batch = family.Batch(model, 8);
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        rule!.BeforeUpdate(0);
        rule.AfterStep(0);
        var kept = rule.State().Where(entry => entry.Name is "0.kept" or "2.kept" or "4.kept").Select(entry => entry.Value.data<long>().ToArray());
        Assert.All(kept, heads => Assert.Equal([0, 1, 3], heads));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(50, 0.4375)]
    [InlineData(90, 0.5)]
    [InlineData(100, 0.5)]
    public void The_ratio_rises_by_a_cubic_law(int step, double expected) => Assert.Equal(expected, new LoraPruneOptions().RatioAt(step, 100), 9);

    [Fact]
    public void Families_that_it_does_not_know_are_refused()
    {
        using var family = new TinyFamily("gpt2");
        Assert.Contains("not of a gpt2", Assert.Throws<UsageException>(() => new FineTuner(Job(family))).Message, StringComparison.Ordinal);
    }

    private static long Frozen(Transformer model) => model.NamedWeights().Where(entry => !entry.Weight.Trains).Sum(entry => entry.Weight.Elements);

    private static Transformer Load(TinyFamily family, out AdapterSet adapters)
    {
        manual_seed(3);
        var model = AutoModel.Load(family.Folder, family.Head);
        adapters = new LoraPruneOptions().Inject(new LoraOptions(Dropout: 0), model);
        using var off = no_grad();
        foreach (var (path, weight) in model.NamedWeights()) if (path.Contains("lora_B", StringComparison.Ordinal)) weight.Value.normal_(0, 0.1);
        return model;
    }

    private static FineTuneJob Job(TinyFamily family) => new()
    {
        ModelFolder = family.Folder,
        Method = "lora+loraprune",
        Train = family.Task(96),
        Training = new TrainingOptions { Epochs = 5, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 },
    };
}
