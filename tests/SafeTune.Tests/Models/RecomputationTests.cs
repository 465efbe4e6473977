using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Measurement;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class RecomputationTests
{
    [Theory]
    [InlineData("bert/classification", false)]
    [InlineData("bert/classification", true)]
    [InlineData("roberta/classification", false)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    [InlineData("llama", false)]
    [InlineData("vit", true)]
    [InlineData("swin", false)]
    public void Gradients_are_those_of_a_pass_that_keeps_everything(string golden, bool full)
    {
        var kept = Gradients(golden, full, recomputes: false);
        var recomputed = Gradients(golden, full, recomputes: true);
        Assert.NotEmpty(kept);
        Assert.Equal(kept.Keys, recomputed.Keys);
        Assert.All(kept, entry => Assert.True(entry.Value.AsSpan().SequenceEqual(recomputed[entry.Key]), entry.Key));
    }

    [Theory]
    [InlineData("bert", false)]
    [InlineData("bert", true)]
    [InlineData("gpt2", false)]
    [InlineData("gpt2", true)]
    public void Dropout_drops_the_same_both_times(string type, bool fused)
    {
        using var family = new TinyFamily(type);
        using var model = Dropping(family, fused);
        using var batch = family.Batch(model, 6);
        const long seed = 11;

        torch.manual_seed(seed);
        var kept = OnePass(model, batch, seed);
        torch.manual_seed(seed);
        var pass = new ForwardPass(model) { Recomputes = true, Seed = seed };
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        var recomputed = Taken(model);

        Assert.All(kept, entry => Assert.True(entry.Value.AsSpan().SequenceEqual(recomputed[entry.Key]), entry.Key));
        // The masks matter: of others the gradients are other ones.
        Assert.All(OnePass(model, batch, seed + 1), entry => Assert.False(entry.Value.AsSpan().SequenceEqual(recomputed[entry.Key]), entry.Key));
    }

    [Fact]
    public void It_holds_less_and_computes_the_blocks_twice()
    {
        using var family = new TinyFamily("bert");
        var plain = Run(family, checkpointing: false);
        var recomputed = Run(family, checkpointing: true);
        Assert.True(recomputed.ActivationBytes < plain.ActivationBytes / 3, $"{recomputed.ActivationBytes} of {plain.ActivationBytes}");
        Assert.True(recomputed.MemoryBeforeBytes < plain.MemoryBeforeBytes);
        Assert.InRange((double)recomputed.Flops.Forward / plain.Flops.Forward, 1.8, 2);
        Assert.Equal(plain.Flops.Backward, recomputed.Flops.Backward);
    }

    [Fact]
    public void A_frozen_prefix_is_not_computed_again()
    {
        using var model = new BertConfig { Layers = 4, HiddenSize = 8, Heads = 2, IntermediateSize = 16 }.Build(HeadOptions.Classes(2));
        LoraAdapters.Inject(model, new LoraOptions(), blocks: [2, 3]);
        var shape = new InputShape(2, 5);
        var extra = FlopCounter.Step(model, shape, recomputedFrom: 2).Forward - FlopCounter.Step(model, shape).Forward;
        Assert.InRange((double)extra / FlopCounter.Step(model, shape).Forward, 0.45, 0.55);
    }

    private static Dictionary<string, float[]> Gradients(string golden, bool full, bool recomputes)
    {
        using var model = AutoModel.Load(Golden.Path(golden));
        if (full)
        {
            foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
        }
        else
        {
            PeftFolder.Load(Golden.Path(golden + "/adapter"), model);
        }

        model.Train(false);
        using var inputs = SafeTensorsFile.Open(Golden.Path(golden + "/golden.safetensors"));
        using var batch = Batch(inputs);
        var pass = new ForwardPass(model) { Recomputes = recomputes };
        using var output = pass.Run(batch);
        pass.Backward(output.Loss!);
        return Taken(model);
    }

    private static Transformer Dropping(TinyFamily family, bool fused)
    {
        torch.manual_seed(3);
        var model = AutoModel.Load(family.Folder, family.Head);
        LoraAdapters.Inject(model, new LoraOptions(Dropout: 0.3));
        model.Use(fused ? KernelOptions.All : KernelOptions.Composed);
        // Where B is zero, A has no gradient.
        foreach (var (path, weight) in model.NamedWeights().Where(entry => entry.Path.Contains("lora_B", StringComparison.Ordinal))) torch.nn.init.normal_(weight.Value.detach(), 0, 0.1);
        model.Train();
        return model;
    }

    // Block by block, each from the seed that recomputation gives it, with everything kept for one backward pass.
    private static Dictionary<string, float[]> OnePass(Transformer model, Batch batch, long seed)
    {
        using var scope = torch.NewDisposeScope();
        var pass = new ForwardPass(model);
        using var context = model.Context(batch);
        var hidden = pass.Embed(batch);
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            BlockSeed.Set(model, seed, i);
            hidden = pass.Block(i, hidden, context);
        }

        BlockSeed.Set(model, seed, model.Blocks.Count);
        model.Head(hidden, batch).Loss!.backward();
        return Taken(model);
    }

    private static Dictionary<string, float[]> Taken(Transformer model)
    {
        (string Path, Weight Weight)[] learnt = [.. model.NamedWeights().Where(entry => entry.Weight.Trains && entry.Weight.Value.grad is not null)];
        var gradients = learnt.ToDictionary(entry => entry.Path, entry => entry.Weight.Value.grad!.data<float>().ToArray());
        foreach (var (_, weight) in learnt) weight.Value.grad = null;
        return gradients;
    }

    private static Batch Batch(SafeTensorsFile inputs)
    {
        if (inputs.Entries.ContainsKey("in.pixel_values")) return new ImageBatch(inputs.Read("in.pixel_values"), inputs.Read("in.labels"));
        var ids = inputs.Read("in.input_ids");
        return new TextBatch(ids, inputs.Read("in.attention_mask"), inputs.Entries.ContainsKey("in.token_type_ids") ? inputs.Read("in.token_type_ids") : torch.zeros_like(ids), inputs.Read("in.labels"));
    }

    private static RunReport Run(TinyFamily family, bool checkpointing)
    {
        using var tuner = new FineTuner(new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = "lora",
            Train = family.Task(64),
            Training = new TrainingOptions { Epochs = 1, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, GradientCheckpointing = checkpointing },
        });
        return tuner.Run();
    }
}
