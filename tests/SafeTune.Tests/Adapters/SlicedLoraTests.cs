using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Models;
using SafeTune.Tests.Data;
using TorchSharp;

namespace SafeTune.Tests.Adapters;

public sealed class SlicedLoraTests : IDisposable
{
    private static readonly string[] QueryAndValue = ["c_attn.q", "c_attn.v"];
    private readonly TemporaryFolder folder = new();
    private readonly SafeTensorsFile golden = SafeTensorsFile.Open(Golden.Path("gpt2-sliced/golden.safetensors"));

    public void Dispose()
    {
        golden.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Outputs_and_gradients_are_loralib_s()
    {
        using var model = Adapted(out _);
        using var batch = Inputs(labels: true);
        var pass = new ForwardPass(model);
        using (var context = model.Context(batch))
        {
            var hidden = pass.Embed(batch);
            Close("lora.hidden.0", hidden, 1e-5, 1e-5);
            for (var i = 0; i < model.Blocks.Count; i++) Close($"lora.hidden.{i + 1}", model.Reported(i, hidden = pass.Block(i, hidden, context))!, 1e-5, 1e-5);
        }

        using var output = pass.Run(batch);
        output.Loss!.backward();

        Close("lora.logits", output.Logits, 1e-5, 1e-5);
        Close("lora.loss", output.Loss, 1e-5, 1e-5);
        var compared = 0;
        foreach (var (path, weight) in model.NamedWeights().Where(entry => entry.Weight.Trains))
        {
            Close("grad." + path, weight.Value.grad!, 2e-4, 1e-6);
            compared++;
        }

        // Two matrices of two slices in three blocks.
        Assert.Equal(12, compared);
    }

    [Fact]
    public void For_peft_they_are_written_as_adapters_of_the_whole_projection_that_compute_the_same()
    {
        using var model = Adapted(out var adapters);
        using var batch = Inputs(labels: false);
        using var expected = new ForwardPass(model).Run(batch);
        adapters.Write(folder.Path, baseModel: null);

        using var other = AutoModel.Load(Golden.Path("gpt2"));
        var loaded = (LoraAdapters)PeftFolder.Load(folder.Path, other);
        other.Train(false);
        using var found = new ForwardPass(other).Run(batch);

        Assert.Equal((8, 2 * adapters.Settings.Alpha), (loaded.Settings.Rank, loaded.Settings.Alpha));
        Assert.Equal(["c_attn"], loaded.Settings.TargetModules);
        Assert.InRange((found.Logits - expected.Logits).abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void A_projection_and_its_slice_together_are_refused()
    {
        using var model = AutoModel.Load(Golden.Path("gpt2"));
        Assert.Contains("name one or the other", Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(TargetModules: ["c_attn", "c_attn.q"]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_that_is_not_there_is_refused_with_those_that_are()
    {
        using var model = AutoModel.Load(Golden.Path("gpt2"));
        Assert.Contains("attn.c_attn.q", Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(TargetModules: ["c_attn.x"]))).Message, StringComparison.Ordinal);
    }

    private Transformer Adapted(out LoraAdapters adapters)
    {
        var model = AutoModel.Load(Golden.Path("gpt2"));
        using var alpha = golden.Read("alpha", torch.ScalarType.Float32);
        adapters = LoraAdapters.Inject(model, new LoraOptions(4, alpha.item<float>(), 0, QueryAndValue));
        foreach (var (path, weight) in model.NamedWeights().Where(entry => entry.Weight.Trains)) weight.Set(golden.Read("param." + path));
        model.Train(false);
        return model;
    }

    private TextBatch Inputs(bool labels)
    {
        var ids = golden.Read("in.input_ids");
        return new TextBatch(ids, golden.Read("in.attention_mask"), torch.zeros_like(ids), labels ? golden.Read("in.labels") : null);
    }

    private void Close(string name, torch.Tensor found, double relative, double absolute)
    {
        using var expected = golden.Read(name, torch.ScalarType.Float32);
        var tolerance = (relative * expected.abs().max().item<float>()) + absolute;
        Assert.InRange((found.detach().reshape(expected.shape) - expected).abs().max().item<float>(), 0, tolerance);
    }
}
