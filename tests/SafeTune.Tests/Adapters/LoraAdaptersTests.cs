using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Models;
using TorchSharp;
using Xunit;

namespace SafeTune.Tests.Adapters;

public sealed class LoraAdaptersTests : IDisposable
{
    private readonly TinyModel folder = new();
    private readonly Transformer model;

    public LoraAdaptersTests() => model = AutoModel.Load(folder.Folder, HeadOptions.Classes(2));

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Only_adapters_and_the_classifier_train()
    {
        LoraAdapters.Inject(model, new LoraOptions());
        var trained = model.NamedWeights().Where(entry => entry.Weight.Trains).Select(entry => entry.Path).ToArray();
        Assert.Equal((3 * 4) + 2, trained.Length);
        Assert.All(trained, path => Assert.True(path.Contains("lora_", StringComparison.Ordinal) || path.StartsWith("classifier.", StringComparison.Ordinal), path));
        Assert.Contains("bert.encoder.layer.0.attention.self.query.lora_A.weight", trained);
    }

    [Fact]
    public void Adapters_in_the_upper_blocks_leave_the_lower_ones_without_autograd()
    {
        LoraAdapters.Inject(model, new LoraOptions(), UpperLayersOptions.Of(3));
        Assert.Equal(2, new ForwardPass(model).Prefix);
    }

    [Theory]
    [InlineData("attn.c_proj")]
    [InlineData("c_attn")]
    [InlineData("mlp.c_fc")]
    public void Merged_into_a_weight_that_lies_input_first_it_computes_the_same(string target)
    {
        // attn.c_proj's weight is square: nothing but the numbers tells which way round it lies.
        using var family = new TinyFamily("gpt2");
        using var gpt2 = Adapted(family, target, out var adapters);
        var (adapted, before) = (Logits(family, gpt2), Logits(family, gpt2, adapters));
        Assert.Equal(3, adapters.Merge());
        Close(adapted, Logits(family, gpt2));
        // The adapters take part.
        Assert.Contains(adapted.Zip(before), pair => Math.Abs(pair.First - pair.Second) > 1e-2);
    }

    [Theory]
    [InlineData("attn.c_proj")]
    [InlineData("c_attn")]
    public void Folded_into_a_weight_that_lies_input_first_it_computes_the_same(string target)
    {
        using var family = new TinyFamily("gpt2");
        using var gpt2 = Adapted(family, target, out _);
        var composed = Logits(family, gpt2);
        gpt2.Use(KernelOptions.All);
        Close(composed, Logits(family, gpt2));
    }

    [Theory]
    [InlineData(24, 18)]
    [InlineData(12, 9)]
    [InlineData(6, 4)]
    public void The_upper_quarter_of_the_blocks_is_adapted(int blocks, int lowest) => Assert.Equal(lowest, UpperLayersOptions.Of(blocks)[0]);

    [Fact]
    public void A_target_module_that_matches_nothing_is_named()
    {
        var error = Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(TargetModules: ["query", "valeu"])));
        Assert.Contains("'valeu'", error.Message);
        Assert.Contains("'value'", error.Message);
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(4, 1.0)]
    public void Settings_that_cannot_work_are_refused(int rank, double dropout) =>
        Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(rank, 16, dropout)));

    private static Transformer Adapted(TinyFamily family, string target, out LoraAdapters adapters)
    {
        torch.manual_seed(5);
        var gpt2 = AutoModel.Load(family.Folder, family.Head);
        adapters = LoraAdapters.Inject(gpt2, new LoraOptions(TargetModules: [target]));
        foreach (var weight in Enumerable.Range(0, gpt2.Blocks.Count).SelectMany(adapters.Unit)) torch.nn.init.normal_(weight.Value.detach(), 0, 0.2);
        gpt2.Train(false);
        return gpt2;
    }

    // With the adapters switched off, where they are given.
    private static float[] Logits(TinyFamily family, Transformer gpt2, LoraAdapters? off = null)
    {
        off?.Enabled = false;
        using var still = torch.no_grad();
        using var batch = family.Batch(gpt2, 6);
        using var output = new ForwardPass(gpt2).Run(batch);
        off?.Enabled = true;
        return output.Logits.data<float>().ToArray();
    }

    private static void Close(float[] expected, float[] found) => Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + Math.Abs(pair.First))));
}
