using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SafeTune.Adapters;
using SafeTune.Models;

namespace SafeTune.Tests.Adapters;

public sealed class PeftFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetune-peft-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("bert/classification", "SEQ_CLS")]
    [InlineData("bert/regression", "SEQ_CLS")]
    [InlineData("bert/qa", "QUESTION_ANS")]
    [InlineData("roberta/classification", "SEQ_CLS")]
    [InlineData("gpt2", "CAUSAL_LM")]
    public void A_loaded_adapter_is_written_as_peft_wrote_it_to_the_byte_with_its_task_type(string golden, string type)
    {
        var source = Golden.Path(golden + "/adapter");
        using var model = AutoModel.Load(Golden.Path(golden));
        var adapters = PeftFolder.Load(source, model);

        PeftFolder.Write(folder, adapters, baseModel: null);

        // With a task type, which these were saved without, peft writes no classes.
        var expected = Regex.Replace(File.ReadAllText(Path.Combine(source, PeftConfig.FileName)), "\"auto_mapping\": {[^}]*}", "\"auto_mapping\": null").Replace("\"task_type\": null", $"\"task_type\": \"{type}\"", StringComparison.Ordinal);
        Assert.Equal(expected, File.ReadAllText(Path.Combine(folder, PeftConfig.FileName)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, PeftFolder.WeightsName)), File.ReadAllBytes(Path.Combine(folder, PeftFolder.WeightsName)));
    }

    [Fact]
    public void An_empty_list_of_blocks_is_all_blocks()
    {
        foreach (var file in Directory.GetFiles(Golden.Path("bert/classification/adapter"))) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var path = Path.Combine(folder, PeftConfig.FileName);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"layers_to_transform\": null", "\"layers_to_transform\": []", StringComparison.Ordinal));
        using var model = AutoModel.Load(Golden.Path("bert/classification"));
        var adapters = PeftFolder.Load(folder, model);
        Assert.All(Enumerable.Range(0, 3), block => Assert.True(adapters.HasUnit(block)));
    }

    [HubFact]
    public void A_real_adapter_fits_its_base_architecture_to_the_last_key()
    {
        // Nothing of the base model is allocated: only names and shapes matter here.
        using var roberta = new RobertaConfig { VocabSize = 50265, MaxPositions = 514, TypeVocabSize = 1 }.Build(HeadOptions.Classes(2));
        var adapters = (LoraAdapters)PeftFolder.Load(Path.Combine(Golden.Hub!, "adapters", "peft-lora-roberta-mrpc"), roberta);
        Assert.All(Enumerable.Range(0, 12), block => Assert.Equal(4, adapters.Unit(block).Count(weight => weight.IsLoaded)));
        Assert.All(roberta.HeadWeights, entry => Assert.True(entry.Weight.IsLoaded));
    }

    [Fact]
    public void Adapters_in_some_blocks_come_back_in_those_blocks()
    {
        using var model = AutoModel.Load(Golden.Path("bert/classification"));
        var adapters = LoraAdapters.Inject(model, new LoraOptions(), blocks: [1, 2]);
        PeftFolder.Write(folder, adapters, baseModel: null);

        using var other = AutoModel.Load(Golden.Path("bert/classification"));
        var loaded = PeftFolder.Load(folder, other);

        Assert.Equal([false, true, true], Enumerable.Range(0, 3).Select(loaded.HasUnit));
        Assert.Equal([1, 2], PeftConfig.Read(folder).Blocks);
    }

    [Fact]
    public void A_key_that_is_not_known_is_ignored_with_a_warning()
    {
        Edit(config => config["shiny_new_setting"] = true);
        List<string> warnings = [];

        var config = PeftConfig.Read(folder, warnings.Add);

        Assert.Equal(4, ((LoraOptions)config.Adapter).Rank);
        Assert.Contains("'shiny_new_setting' is not known and was ignored", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_dora", "true", "'use_dora' is true, which is not supported")]
    [InlineData("use_rslora", "true", "'use_rslora' is true, which is not supported")]
    [InlineData("fan_in_fan_out", "true", "'fan_in_fan_out' is true, and")]
    [InlineData("rank_pattern", """{"query": 8}""", "'rank_pattern' is")]
    [InlineData("bias", "\"all\"", "'bias' is 'all', which is not supported")]
    [InlineData("init_lora_weights", "\"pissa\"", "'init_lora_weights' is 'pissa', which changes the pre-trained weights")]
    [InlineData("peft_type", "\"PREFIX_TUNING\"", "peft_type is 'PREFIX_TUNING', and only 'LORA' and 'ADALORA' can be read.")]
    [InlineData("target_modules", "\".*query\"", "expected a list of module names or 'all-linear' (patterns are not supported)")]
    [InlineData("r", "\"four\"", "'r' is four; expected a number.")]
    [InlineData("layers_to_transform", "[7]", "'layers_to_transform' names block 7, and the model has blocks 0 to 2.")]
    [InlineData("target_modules", """["query", "vlaue"]""", "The target module 'vlaue' matches nothing in the model's blocks")]
    [InlineData("target_modules", """["query"]""", "belong to no adapter of adapter_config.json in this model")]
    [InlineData("target_modules", """["query", "value", "key"]""", "lacks the tensor 'base_model.model.bert.encoder.layer.0.attention.self.key.lora_A.weight'")]
    [InlineData("r", "8", "has the shape [4, 32], and the model asks for [8, 32]")]
    public void What_cannot_be_read_is_refused_by_name(string key, string value, string sentence)
    {
        Edit(config => config[key] = JsonNode.Parse(value));
        using var model = AutoModel.Load(Golden.Path("bert/classification"));

        var error = Assert.Throws<UsageException>(() => PeftFolder.Load(folder, model));

        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_hub_configuration_is_told_apart()
    {
        File.WriteAllText(Path.Combine(folder, PeftConfig.FileName), """{"config": {"architecture": null}, "hidden_size": 32}""");

        var error = Assert.Throws<UsageException>(() => PeftConfig.Read(folder));

        Assert.Contains("has no 'peft_type'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_parameters_are_counted_as_peft_counts_them()
    {
        // bert-base with r = 8 on query and value and two labels: peft's documentation prints this line.
        using var model = AutoModel.Random(new BertConfig(), HeadOptions.Classes(2));
        LoraAdapters.Inject(model, new LoraOptions(Rank: 8));

        Assert.Equal("trainable params: 296,450 || all params: 109,780,228 || trainable%: 0.2700", PeftFolder.ParametersLine(model));
    }

    private void Edit(Action<JsonObject> change)
    {
        var source = Golden.Path("bert/classification/adapter");
        File.Copy(Path.Combine(source, PeftFolder.WeightsName), Path.Combine(folder, PeftFolder.WeightsName));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, PeftConfig.FileName)))!.AsObject();
        change(config);
        File.WriteAllText(Path.Combine(folder, PeftConfig.FileName), config.ToJsonString());
    }
}
