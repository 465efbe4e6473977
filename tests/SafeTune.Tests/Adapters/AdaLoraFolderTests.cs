using System.Text.Json.Nodes;
using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Models;
using SafeTune.Tests.Data;
using TorchSharp;

namespace SafeTune.Tests.Adapters;

/// <summary>AdaLoRA's adapters with ranks cut, as peft saves them.</summary>
public sealed class AdaLoraFolderTests : IDisposable
{
    private const string Cut = "peft/adalora-cut/adapter";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_adapter_with_ranks_cut_to_none_in_one_layer_has_peft_s_logits()
    {
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"));
        AdapterFolder.Load(Golden.Path(Cut), model);
        CheckLogits(model);
    }

    [Fact]
    public void Merged_into_the_weights_it_computes_the_same()
    {
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"));
        Assert.Equal(5, AdapterFolder.Load(Golden.Path(Cut), model).Merge());
        CheckLogits(model);
    }

    [Fact]
    public void Written_again_it_has_the_same_masks_tensors_and_logits()
    {
        using (var model = AutoModel.Load(Golden.Path("peft/base-bert"))) AdapterFolder.Load(Golden.Path(Cut), model).Write(folder.Path, baseModel: null);
        Assert.Equal(Config(Golden.Path(Cut))["rank_pattern"]!.ToJsonString(), Config(folder.Path)["rank_pattern"]!.ToJsonString());
        Assert.Equal(6, (int)Config(folder.Path)["init_r"]!);
        Assert.Equal(Tensors(Golden.Path(Cut)), Tensors(folder.Path));
        using var again = AutoModel.Load(Golden.Path("peft/base-bert"));
        AdapterFolder.Load(folder.Path, again);
        CheckLogits(again);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(6, 3)]
    [InlineData(6, 1)]
    [InlineData(9, 2)]
    [InlineData(6, 0)]
    public void The_scale_is_alpha_over_the_rank_it_began_with(int initial, int left)
    {
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"));
        var projection = model.Named<Projection>().First().Component;
        torch.manual_seed(2);
        using var adapter = new AdaLora(new AdaLoraOptions(initial, TargetRank: 1, Alpha: 20), projection, left);
        adapter.E.Set(torch.randn(left, 1));
        using var found = adapter.Delta();
        var (a, b, e) = (Values(adapter.A), Values(adapter.B), Values(adapter.E));
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                var expected = Enumerable.Range(0, left).Sum(rank => (double)b[(row * left) + rank] * e[rank] * a[(rank * (int)projection.InFeatures) + column]) * 20 / (initial + 1e-5);
                Assert.Equal(expected, found[row, column].item<float>(), 1e-5);
            }
        }
    }

    [Fact]
    public void Training_goes_on_beside_a_layer_without_ranks()
    {
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"));
        using var adapters = (AdaLoraAdapters)AdapterFolder.Load(Golden.Path(Cut), model);
        using var golden = SafeTensorsFile.Open(Golden.Path("peft/adalora-cut/golden.safetensors"));
        using var ids = golden.Read("in.input_ids");
        using var batch = new TextBatch(ids.clone(), golden.Read("in.attention_mask"), torch.zeros_like(ids), golden.Read("in.labels"));
        for (var step = 0; step < 3; step++)
        {
            using var output = new ForwardPass(model).Run(batch);
            using var loss = output.Loss! + adapters.Penalty()!;
            loss.backward();
            adapters.Updated(step);
        }

        Assert.Equal(0, adapters.Ranks["bert.encoder.layer.2.attention.self.query"]);
        Assert.Contains(adapters.Ranks.Values, rank => rank > 0);
    }

    [Theory]
    [InlineData("[true, false]", "expected a list of 6 times true or false (init_r) for each layer")]
    [InlineData("[1, 0, 1, 1, 0, 0]", "expected a list of 6 times true or false")]
    [InlineData("3", "expected a list of 6 times true or false")]
    public void A_mask_that_is_none_is_refused(string mask, string sentence) =>
        Refused(config => config["rank_pattern"]!["bert.encoder.layer.0.attention.self.query.lora_E"] = JsonNode.Parse(mask), sentence);

    [Fact]
    public void A_mask_of_a_layer_that_has_no_adapter_is_refused_by_name() => Refused(
        config => config["rank_pattern"]!["bert.encoder.layer.0.output.dense.lora_E"] = JsonNode.Parse("[true, true, true, true, true, true]"), "The rank pattern of the AdaLoRA adapter names 'bert.encoder.layer.0.output.dense'");

    [Fact]
    public void An_alpha_that_peft_takes_for_something_else_is_refused() => Refused(config => config["lora_alpha"] = 0, "'lora_alpha' is 0; expected a number above 0");

    private void Refused(Action<JsonObject> change, string sentence)
    {
        using var copy = new ModelFolder(Golden.Path(Cut));
        var config = Config(copy.Path);
        change(config);
        File.WriteAllText(Path.Combine(copy.Path, PeftConfig.FileName), config.ToJsonString());
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"));
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AdapterFolder.Load(copy.Path, model)).Message, StringComparison.Ordinal);
    }

    private static void CheckLogits(Transformer model)
    {
        model.Train(false);
        using var golden = SafeTensorsFile.Open(Golden.Path("peft/adalora-cut/golden.safetensors"));
        using var ids = golden.Read("in.input_ids");
        using var batch = new TextBatch(ids.clone(), golden.Read("in.attention_mask"), torch.zeros_like(ids), Labels: null);
        using var output = new ForwardPass(model).Run(batch);
        using var expected = golden.Read("out.logits");
        var difference = (output.Logits - expected).abs().max().item<float>();
        Assert.True(difference < 2e-5, $"logits differ by {difference}");
    }

    private static float[] Values(Weight weight) => weight.Elements == 0 ? [] : weight.Value.flatten().data<float>().ToArray();

    private static JsonObject Config(string path) => JsonNode.Parse(File.ReadAllText(Path.Combine(path, PeftConfig.FileName)))!.AsObject();

    private static string[] Tensors(string path)
    {
        using var file = SafeTensorsFile.Open(Path.Combine(path, PeftFolder.WeightsName));
        return [.. file.Entries.Select(entry => $"{entry.Key} {string.Join(',', entry.Value.Shape)}").Order(StringComparer.Ordinal)];
    }
}
