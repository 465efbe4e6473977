using System.Text.Json.Nodes;
using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Models;
using SafeTune.Tests.Data;
using TorchSharp;

namespace SafeTune.Tests.Adapters;

/// <summary>Adapters as peft and adapter-hub saved them, against what those libraries computed.</summary>
public sealed class GoldenAdapterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Transformer model = AutoModel.Load(Golden.Path("adapters/base"));

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("lora", "adapter", 14)]
    [InlineData("adalora", "adapter", 20)]
    [InlineData("houlsby", "adapter", 26)]
    [InlineData("houlsby", "adapter-safetensors", 26)]
    [InlineData("pfeiffer", "adapter", 14)]
    [InlineData("pfeiffer", "adapter-safetensors", 14)]
    public void A_saved_adapter_has_the_reference_s_outputs_and_gradients(string method, string saved, int gradients)
    {
        using var golden = SafeTensorsFile.Open(Golden.Path($"adapters/{method}/golden.safetensors"));
        AdapterFolder.Load(Golden.Path($"adapters/{method}/{saved}"), model);
        Check(golden, gradients);
    }

    [Theory]
    [InlineData("adalora", "adapter")]
    [InlineData("houlsby", "adapter-safetensors")]
    [InlineData("pfeiffer", "adapter-safetensors")]
    public void Written_again_it_has_the_same_fields_keys_and_shapes(string method, string saved)
    {
        var source = Golden.Path($"adapters/{method}/{saved}");
        AdapterFolder.Load(source, model).Write(folder.Path, baseModel: null);
        foreach (var file in Directory.GetFiles(source))
        {
            var name = Path.GetFileName(file);
            if (name.EndsWith(".json", StringComparison.Ordinal)) Assert.True(SameJson(file, Path.Combine(folder.Path, name)), name);
            else Assert.Equal(Tensors(file), Tensors(Path.Combine(folder.Path, name)));
        }
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("adalora")]
    public void Merged_into_the_weights_it_computes_the_same(string method)
    {
        using var golden = SafeTensorsFile.Open(Golden.Path($"adapters/{method}/golden.safetensors"));
        AdapterFolder.Load(Golden.Path($"adapters/{method}/adapter"), model).Merge();
        using var batch = Batch(golden);
        model.Train(false);
        using var output = new ForwardPass(model).Run(batch);
        Close(golden, "out.logits", output.Logits, 1e-5, 1e-5);
        Assert.DoesNotContain(model.NamedWeights(), entry => entry.Path.Contains("lora_", StringComparison.Ordinal));
    }

    [Fact]
    public void The_orthogonality_term_is_half_the_mean_distance_of_the_factors_from_orthogonality()
    {
        // 0.5 · mean of ‖A Aᵀ - I‖ and ‖Bᵀ B - I‖ over the file's twelve matrices, computed by PyTorch. The references' losses do not contain it: without a
        // task type peft runs the bare model's forward, which knows nothing of the term.
        using var penalty = AdapterFolder.Load(Golden.Path("adapters/adalora/adapter"), model).Penalty();
        Assert.Equal(0.8030294626951218, penalty!.item<float>(), 1e-6);
    }

    [Fact]
    public void What_cannot_be_merged_says_so() =>
        Assert.Contains("'houlsby' cannot be merged", Assert.Throws<UsageException>(() => new BottleneckOptions(BottleneckKind.Houlsby).Inject(model).Merge()).Message, StringComparison.Ordinal);

    [Fact]
    public void AdaLora_follows_peft_s_losses_and_cuts_the_same_ranks_for_forty_steps()
    {
        using var trace = SafeTensorsFile.Open(Golden.Path("adapters/adalora-trace/trace.safetensors"));
        using var adapters = (AdaLoraAdapters)PeftFolder.Load(Golden.Path("adapters/adalora-trace/start"), model);
        model.Train(false);
        using var losses = trace.Read("loss");
        using var ids = trace.Read("in.input_ids");
        using var labels = trace.Read("in.labels");
        var pass = new ForwardPass(model);
        Weight[] trained = [.. model.NamedWeights().Select(entry => entry.Weight).Where(weight => weight.Trains)];
        for (var step = 0; step < 40; step++)
        {
            using var scope = torch.NewDisposeScope();
            var row = ids[step];
            using var batch = new TextBatch(row.clone(), torch.ones_like(row), torch.zeros_like(row), labels[step].clone());
            using var output = pass.Run(batch);
            output.Loss!.backward();
            Assert.Equal(losses[step].item<float>(), output.Loss.item<float>(), 1e-4);
            using (torch.no_grad())
            {
                foreach (var weight in trained) weight.Value.add_(weight.Value.grad!, -0.05);
            }

            adapters.Updated(step);
            foreach (var weight in trained) weight.Value.grad = null;
            foreach (var (path, rank) in adapters.Ranks)
            {
                using var expected = trace.Read($"lora_E.{path}.lora_E")[step];
                Assert.True(expected.ne(0).sum().item<long>() == rank, $"step {step}: {path} has rank {rank}, peft {expected.ne(0).sum().item<long>()}");
            }
        }

        Assert.Equal(2 * 6, adapters.Ranks.Values.Sum());
    }

    private void Check(SafeTensorsFile golden, int gradients)
    {
        model.Train(false);
        using var batch = Batch(golden);
        var pass = new ForwardPass(model);
        using var context = model.Context(batch);
        var hidden = pass.Embed(batch);
        Close(golden, "out.hidden.0", hidden, 1e-5, 1e-5);
        for (var i = 0; i < model.Blocks.Count; i++) Close(golden, $"out.hidden.{i + 1}", hidden = pass.Block(i, hidden, context), 1e-5, 1e-5);
        using var output = model.Head(hidden, batch);
        Close(golden, "out.logits", output.Logits, 1e-5, 1e-5);
        Close(golden, "out.loss", output.Loss!, 1e-5, 1e-5);
        output.Loss!.backward();

        var compared = 0;
        foreach (var name in golden.Entries.Keys.Where(key => key.StartsWith("grad.", StringComparison.Ordinal)))
        {
            // peft's parameters have the adapter's name and its wrappers in their paths.
            var path = name["grad.".Length..].Replace("base_model.model.", "", StringComparison.Ordinal).Replace(".modules_to_save.default", "", StringComparison.Ordinal).Replace(".default", "", StringComparison.Ordinal);
            var weight = model.NamedWeights().Single(entry => entry.Path == path).Weight;
            Close(golden, name, weight.Value.grad!, 2e-4, 1e-6);
            compared++;
        }

        Assert.Equal(gradients, compared);
    }

    private static TextBatch Batch(SafeTensorsFile golden)
    {
        var ids = golden.Read("in.input_ids");
        return new TextBatch(ids, golden.Read("in.attention_mask"), torch.zeros_like(ids), golden.Read("in.labels"));
    }

    private static void Close(SafeTensorsFile golden, string name, torch.Tensor found, double relative, double absolute)
    {
        using var expected = golden.Read(name, torch.ScalarType.Float32);
        var tolerance = (relative * expected.abs().max().item<float>()) + absolute;
        var difference = (found.detach().reshape(expected.shape) - expected).abs().max().item<float>();
        Assert.True(difference <= tolerance, $"{name}: {difference} above {tolerance}");
    }

    // With a task type, which these were saved without, peft writes no classes.
    private static bool SameJson(string expected, string found)
    {
        var json = JsonNode.Parse(File.ReadAllText(expected))!.AsObject();
        if (json.ContainsKey("task_type")) (json["task_type"], json["auto_mapping"]) = ("SEQ_CLS", null);
        return JsonNode.DeepEquals(json, JsonNode.Parse(File.ReadAllText(found)));
    }

    private static IEnumerable<string> Tensors(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return [.. file.Entries.Select(entry => $"{entry.Key} {entry.Value.Dtype} {string.Join(',', entry.Value.Shape)}").Order(StringComparer.Ordinal)];
    }
}
