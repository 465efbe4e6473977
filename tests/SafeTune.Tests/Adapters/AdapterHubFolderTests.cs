using System.Text.Json.Nodes;
using SafeTune.Adapters;
using SafeTune.Models;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Adapters;

/// <summary>What stands in adapter-hub's JSON files.</summary>
public sealed class AdapterHubFolderTests : IDisposable
{
    private const string Saved = "adapters/pfeiffer/adapter-safetensors";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("\"scaling\": 1.0,")]
    [InlineData("\"dropout\": 0.0,")]
    [InlineData("\"stochastic_depth\": 0.0,")]
    [InlineData("\"reduction_factor\": 16,")]
    [InlineData("\"phm_dim\": 4,")]
    public void A_float_is_written_as_one_and_an_integer_as_one(string line)
    {
        using var model = AutoModel.Load(Golden.Path("adapters/base"));
        new BottleneckOptions(BottleneckKind.Pfeiffer).Inject(model).Write(folder.Path, baseModel: null);
        Assert.Contains(line, File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_classes_names_are_written_and_read()
    {
        using var model = AutoModel.Load(Golden.Path("adapters/base"), HeadOptions.Classes(3) with { LabelNames = ["bad", "fine", "good"] });
        new BottleneckOptions(BottleneckKind.Houlsby).Inject(model).Write(folder.Path, baseModel: null);
        Assert.Equal("""{"bad":0,"fine":1,"good":2}""", JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "head_config.json")))!["label2id"]!.ToJsonString());
        Assert.Equal(["bad", "fine", "good"], AdapterFolder.LabelNames(folder.Path));
    }

    [Fact]
    public void The_names_of_a_saved_head_name_the_predictions()
    {
        using var adapter = new ModelFolder(Golden.Path(Saved));
        adapter.Set("label2id", """{"yes": 2, "no": 0, "perhaps": 1}""", "head_config.json");
        Assert.Equal(["no", "perhaps", "yes"], AdapterFolder.LabelNames(adapter.Path));
        using var model = Training.BaseModel.Of("adapters/base");
        using var loaded = SafeTune.Training.FineTunedModel.Load(adapter.Path, model.Path);
        Assert.Equal(["no", "perhaps", "yes"], loaded.Info.LabelNames);
    }

    [Theory]
    [InlineData("label2id", """{"yes": 1, "no": 2, "perhaps": 3}""", "expected a name for each number from 0 on")]
    [InlineData("num_labels", "2", "'num_labels' is 2, and 'label2id' names 3")]
    [InlineData("config", """{"head_type": "classification", "layers": 2}""", "the head is one of adapter-hub's flexible heads (classification, of the class BertForSequenceClassification)")]
    [InlineData("config", """{"head_type": "tagging"}""", "flexible heads (tagging")]
    public void A_head_that_cannot_be_read_is_refused_for_the_true_reason(string key, string value, string sentence)
    {
        using var adapter = new ModelFolder(Golden.Path(Saved));
        adapter.Set(key, value, "head_config.json");
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AdapterFolder.Labels(adapter.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_head_the_adapter_is_read_all_the_same()
    {
        using var adapter = new ModelFolder(Golden.Path(Saved));
        foreach (var name in new[] { "head_config.json", "model_head.safetensors" }) File.Delete(Path.Combine(adapter.Path, name));
        using var model = AutoModel.Load(Golden.Path("adapters/base"));
        Assert.True(AdapterFolder.Load(adapter.Path, model).HasUnit(0));
        Assert.Null(AdapterFolder.Labels(adapter.Path));
    }
}
