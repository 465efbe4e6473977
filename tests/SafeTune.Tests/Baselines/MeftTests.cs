using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Batching;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Baselines;

public sealed class MeftTests
{
    [Theory]
    [InlineData("bert", 3, false)]
    [InlineData("bert", 2, true)]
    [InlineData("roberta", 1, false)]
    [InlineData("vit", 2, true)]
    [InlineData("llama", 3, false)]
    public void Gradients_equal_those_of_the_same_network_without_recomputation(string type, int reversible, bool training)
    {
        using var family = new TinyFamily(type);
        using var model = Load(family, reversible);
        model.Train(training);
        using var batch = family.Batch(model, 4);
        const long seed = 11;

        Tensor Composed()
        {
            using var context = model.Context(batch);
            var hidden = Below(model, batch, context, seed);
            var (y1, _) = model.Reversible!.Run(hidden, (i, x) =>
            {
                BlockSeed.Set(model, seed, i);
                return model.Blocks[i].Forward(x, context);
            });
            BlockSeed.Set(model, seed, model.Blocks.Count);
            return model.Head(y1.to(model.Dtype), batch).Loss!;
        }

        using var scope = NewDisposeScope();
        var expected = Gradients(model, () => Composed().backward());
        using var pass = new ForwardPass(model) { Seed = seed, Recomputes = true };
        var actual = Gradients(model, () =>
        {
            using var output = pass.Run(batch);
            pass.Backward(output.Loss!);
        });

        Assert.NotEmpty(expected);
        var largest = expected.Max(entry => (entry.Value - actual[entry.Key]).abs().max().item<float>() / (entry.Value.abs().max().item<float>() + 1e-6f));
        Assert.True(largest < 1e-4, $"largest relative difference {largest}");
    }

    [Fact]
    public void The_peak_of_a_step_does_not_grow_with_the_number_of_reversible_blocks()
    {
        var peaks = ((int[])[4, 8, 12]).Select(Peak).ToArray();
        Assert.InRange(peaks[1] / (double)peaks[0], 0.98, 1.02);
        Assert.InRange(peaks[2] / (double)peaks[0], 0.98, 1.02);
    }

    [Fact]
    public void The_start_is_near_the_pre_trained_model_with_a_small_lambda()
    {
        using var family = new TinyFamily("bert");
        using var plain = Load(family, reversible: null);
        plain.Train(false);
        using var batch = family.Batch(plain, 4);
        using var off = no_grad();
        double Distance(double lambda)
        {
            using var model = Load(family, 3, lambda);
            model.Train(false);
            using var a = new ForwardPass(plain).Run(batch);
            using var b = new ForwardPass(model).Run(batch);
            return (a.Logits - b.Logits).norm().item<float>() / a.Logits.norm().item<float>();
        }

        Assert.True(Distance(0.001) < 0.05, $"{Distance(0.001)}");
        Assert.True(Distance(0.001) < Distance(0.5));
    }

    [Theory]
    [InlineData(0, 0.7, null, "lambda")]
    [InlineData(0.1, 1.5, null, "beta")]
    [InlineData(0.1, 0.7, 0, "at least one reversible block")]
    public void Settings_that_cannot_work_are_refused(double lambda, double beta, int? reversible, string part) =>
        Assert.Contains(part, Assert.Throws<UsageException>(() => new MeftOptions(lambda, beta, reversible).Check()).Message, StringComparison.Ordinal);

    [Fact]
    public void More_reversible_blocks_than_there_are_are_refused()
    {
        using var family = new TinyFamily("bert");
        Assert.Contains("the model has 3", Assert.Throws<UsageException>(() => Load(family, 4)).Message, StringComparison.Ordinal);
    }

    private static long Peak(int layers)
    {
        using var folder = new TinyModel(layers);
        manual_seed(1);
        using var model = AutoModel.Load(folder.Folder, HeadOptions.Classes(2));
        new MeftOptions(Reversible: layers).Inject(new LoraOptions(), model);
        model.Train();
        using var meter = MemoryMeter.TryStart(CPU, out var reason) ?? throw new InvalidOperationException(reason);
        using var pass = new ForwardPass(model) { Seed = 5 };
        using var batch = new Batches(TinyModel.Halves(64), ExampleEncoders.For(model, folder.Folder, 32), 64, device: null).Of([.. Enumerable.Range(0, 64)]);
        var before = meter.CurrentBytes;
        meter.ResetPeak();
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        var gradients = model.NamedWeights().Where(entry => entry.Weight.Trains).Sum(entry => entry.Weight.Elements * sizeof(float));
        return meter.PeakBytes - before - gradients;
    }

    private static Transformer Load(TinyFamily family, int? reversible, double lambda = 0.1)
    {
        manual_seed(3);
        var model = AutoModel.Load(family.Folder, family.Head);
        LoraAdapters.Inject(model, new LoraOptions());
        if (reversible is null) return model;
        new MeftOptions(lambda, Reversible: reversible).Inject(new LoraOptions(), model);
        using var off = no_grad();
        manual_seed(4);
        // B is zero at first, and so would A's gradients be.
        if (lambda == 0.1) foreach (var (path, weight) in model.NamedWeights()) if (path.Contains("lora_B", StringComparison.Ordinal)) weight.Value.normal_(0, 0.1);
        return model;
    }

    private static Tensor Below(Transformer model, Batch batch, BlockContext context, long seed)
    {
        var hidden = model.Embed(batch);
        if (model.Reversible!.First == 0) return hidden;
        for (var i = 0; i < model.Reversible.First; i++)
        {
            BlockSeed.Set(model, seed, i);
            hidden = model.Blocks[i].Forward(hidden, context);
        }

        return hidden;
    }

    private static Dictionary<string, Tensor> Gradients(Transformer model, Action step)
    {
        foreach (var (_, weight) in model.NamedWeights()) weight.Value.grad = null;
        manual_seed(9);
        step();
        return model.NamedWeights().Where(entry => entry.Weight.Trains && entry.Weight.Value.grad is not null).ToDictionary(entry => entry.Path, entry => entry.Weight.Value.grad!.clone());
    }
}
