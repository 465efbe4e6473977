using SafeTune.Adapters;
using SafeTune.Models;
using SafeTune.Tests.Data;
using TorchSharp;

namespace SafeTune.Tests.Adapters;

/// <summary>Adapters of peft on more than query and value, and what they may not have.</summary>
public sealed class PeftTargetsTests : IDisposable
{
    private static readonly string[] Every = ["query", "key", "value", "dense"];
    private readonly TemporaryFolder saved = new();

    public void Dispose() => saved.Dispose();

    [Theory]
    [InlineData("\"all-linear\"")]
    [InlineData("""["query", "key", "value", "dense", "classifier"]""")]
    public void All_linear_layers_are_those_of_the_blocks(string targets)
    {
        using var adapter = Adapter();
        adapter.Set("target_modules", targets, PeftConfig.FileName);
        using var model = AutoModel.Load(Golden.Path("bert/classification"));
        var adapters = AdapterFolder.Load(adapter.Path, model);
        Assert.Equal(12, adapters.Unit(0).Count());
    }

    [Fact]
    public void A_pooler_that_has_an_adapter_is_refused_for_the_true_reason()
    {
        using var adapter = Adapter();
        adapter.Set("target_modules", "\"all-linear\"", PeftConfig.FileName);
        Append(adapter, ("base_model.model.bert.pooler.dense.lora_A.weight", torch.zeros(4, 32)), ("base_model.model.bert.pooler.dense.lora_B.weight", torch.zeros(32, 4)));
        Refused(adapter, "adapt 'bert.pooler.dense', which lies outside the blocks");
    }

    [Fact]
    public void A_head_that_has_an_adapter_is_refused_for_the_true_reason()
    {
        using var adapter = Adapter();
        Append(adapter, ("base_model.model.classifier.lora_A.weight", torch.zeros(4, 32)));
        Refused(adapter, "adapt 'classifier', which lies outside the blocks");
    }

    [Fact]
    public void A_module_saved_whole_that_is_no_head_is_refused_for_the_true_reason()
    {
        using var adapter = Adapter();
        adapter.Set("modules_to_save", """["classifier", "embeddings"]""", PeftConfig.FileName);
        Append(adapter, ("base_model.model.bert.embeddings.LayerNorm.weight", torch.zeros(32)));
        Refused(adapter, "belong to 'embeddings' of 'modules_to_save', and only the model's head (classifier) can be saved whole");
    }

    [Fact]
    public void A_pooler_saved_whole_has_peft_s_logits()
    {
        using var golden = SafeTune.Checkpoints.SafeTensorsFile.Open(Golden.Path("peft/save-pooler/golden.safetensors"));
        var folder = Golden.Path("peft/save-pooler/adapter");
        using var model = AutoModel.Load(Golden.Path("peft/base-bert"), HeadOptions.Classes(3), new LoadOptions { Brought = AdapterFolder.Whole(folder) });
        var adapters = AdapterFolder.Load(folder, model);
        model.Train(false);
        using var ids = golden.Read("in.input_ids");
        using var batch = new SafeTune.Batching.TextBatch(ids.clone(), golden.Read("in.attention_mask"), torch.zeros_like(ids), Labels: null);
        using var output = new ForwardPass(model).Run(batch);
        using var expected = golden.Read("out.logits");
        Assert.True((output.Logits - expected).abs().max().item<float>() < 2e-5);
        adapters.Write(saved.Path, baseModel: null);
        Assert.Equal(["bert.pooler.dense.bias", "bert.pooler.dense.weight", "classifier.bias", "classifier.weight"], AdapterFolder.Whole(saved.Path).Order(StringComparer.Ordinal));
        Assert.Equal(["pooler", "classifier"], PeftConfig.Read(saved.Path).ModulesToSave);
    }

    [Theory]
    [InlineData("TOKEN_CLS")]
    [InlineData("SEQ_2_SEQ_LM")]
    public void A_task_type_whose_head_is_not_built_here_is_refused_by_name(string type)
    {
        using var adapter = Adapter();
        adapter.Set("task_type", $"\"{type}\"", PeftConfig.FileName);
        Refused(adapter, $"'task_type' is '{type}', which is not supported");
    }

    [Theory]
    [InlineData("bert", "SEQ_CLS")]
    [InlineData("roberta", "SEQ_CLS")]
    [InlineData("gpt2", "CAUSAL_LM")]
    [InlineData("llama", "CAUSAL_LM")]
    [InlineData("vit", null)]
    [InlineData("swin", null)]
    public void The_task_type_is_written_where_peft_has_one(string type, string? expected)
    {
        using var family = new TinyFamily(type);
        using var model = AutoModel.Load(family.Folder, family.Head);
        new LoraOptions().Inject(model).Write(saved.Path, baseModel: null);
        Assert.Equal(expected, PeftConfig.Read(saved.Path).TaskType);
    }

    [Fact]
    public void An_adapter_for_answers_says_so()
    {
        using var model = AutoModel.Load(Golden.Path("bert/qa"));
        new LoraOptions().Inject(model).Write(saved.Path, baseModel: null);
        Assert.Equal("QUESTION_ANS", PeftConfig.Read(saved.Path).TaskType);
    }

    private ModelFolder Adapter()
    {
        using var model = AutoModel.Load(Golden.Path("bert/classification"));
        new LoraOptions(TargetModules: Every).Inject(model).Write(saved.Path, baseModel: null);
        return new ModelFolder(saved.Path);
    }

    private static void Append(ModelFolder adapter, params (string, torch.Tensor)[] more) => adapter.Rewrite(tensors => tensors.Concat(more), PeftFolder.WeightsName);

    private static void Refused(ModelFolder adapter, string sentence)
    {
        using var model = AutoModel.Load(Golden.Path("bert/classification"));
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AdapterFolder.Load(adapter.Path, model)).Message, StringComparison.Ordinal);
    }
}
