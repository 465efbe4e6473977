using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests.Models.Files;

public sealed class ModelWeightsTests
{
    private const string Pooler = "bert.pooler.dense.weight";
    private static readonly HeadOptions Head = HeadOptions.Classes(2);

    [Fact]
    public void Without_a_pooler_a_training_gets_a_fresh_one_and_says_so()
    {
        using var folder = WithoutPooler();
        List<string> told = [];
        using var model = AutoModel.Load(folder.Path, Head, new LoadOptions(Warn: told.Add) { IsTraining = true });
        Assert.Contains("has no 'bert.pooler.dense', which the task needs: it starts from random values", Assert.Single(told), StringComparison.Ordinal);
        Assert.Contains(model.HeadWeights, entry => entry.Path == Pooler);
    }

    [Fact]
    public void The_same_seed_gives_the_same_pooler()
    {
        using var folder = WithoutPooler();
        float[] Fresh()
        {
            torch.manual_seed(11);
            using var model = AutoModel.Load(folder.Path, Head, new LoadOptions { IsTraining = true });
            return model.NamedWeights().Single(entry => entry.Path == Pooler).Weight.Value.flatten().data<float>().ToArray();
        }

        Assert.Equal(Fresh(), Fresh());
    }

    [Fact]
    public void Without_a_pooler_nothing_is_predicted() =>
        Assert.Contains($"missing the tensor '{Pooler}', the pooler that a head for labels reads", Assert.Throws<UsageException>(() => LoadWithoutPooler(Head)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_pooler_that_an_adapter_brings_need_not_be_in_the_file()
    {
        using var folder = WithoutPooler();
        using var model = AutoModel.Load(folder.Path, Head, new LoadOptions { Brought = new HashSet<string> { Pooler, "bert.pooler.dense.bias" } });
        Assert.True(model.HeadOptions.TrainsPooler);
    }

    [Fact]
    public void A_head_that_needs_no_pooler_does_not_miss_it() => LoadWithoutPooler(HeadOptions.Span()).Dispose();

    [Fact]
    public void Half_a_pooler_is_a_broken_file_in_training_too()
    {
        using var tiny = new TinyModel();
        using var folder = new ModelFolder(tiny.Folder);
        folder.Rewrite(tensors => tensors.Where(entry => entry.Name != "bert.pooler.dense.bias"));
        Assert.Contains("missing the tensor 'bert.pooler.dense.bias'", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, Head, new LoadOptions { IsTraining = true })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "qa_outputs.weight", "'qa_outputs'")]
    [InlineData("bert", "cls.predictions.bias", "'cls'")]
    [InlineData("bert", "cls.seq_relationship.weight", "'cls'")]
    [InlineData("bert", "classifier.weight", "'classifier'")]
    [InlineData("roberta", "lm_head.dense.weight", "'lm_head'")]
    [InlineData("roberta", "classifier.weight", "'classifier'")]
    [InlineData("gpt2", "score.weight", "'score'")]
    [InlineData("gpt2", "multiple_choice_head.summary.weight", "'multiple_choice_head'")]
    [InlineData("llama", "score.weight", "'score'")]
    [InlineData("vit", "decoder.0.weight", "'decoder'")]
    [InlineData("vit", "classifier.bias", "'classifier'")]
    [InlineData("swin", "decoder.0.bias", "'decoder'")]
    [InlineData("bert", "my_own_head.weight", "'my_own_head'")]
    public void A_head_of_another_task_is_left_out_of_a_training_with_a_note(string type, string tensor, string named)
    {
        using var family = new TinyFamily(type);
        using var folder = new ModelFolder(family.Folder);
        folder.Rewrite(tensors => tensors.Append((tensor, torch.ones(9, 7))));
        List<string> told = [];
        AutoModel.Load(folder.Path, family.Head, new LoadOptions(Warn: told.Add) { IsTraining = true }).Dispose();
        Assert.Contains($"the head {named} is of an earlier task and was left out", Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qa_outputs.weight")]
    [InlineData("cls.predictions.bias")]
    public void A_bare_model_with_a_head_beside_it_is_read_too(string tensor)
    {
        using var tiny = new TinyModel();
        using var folder = new ModelFolder(tiny.Folder);
        folder.Rewrite(tensors => tensors.Select(entry => (entry.Name["bert.".Length..], entry.Value)).Append((tensor, torch.ones(9, 7))));
        AutoModel.Load(folder.Path, Head).Dispose();
    }

    [Fact]
    public void Names_that_DataParallel_has_wrapped_are_read()
    {
        using var tiny = new TinyModel();
        using var folder = new ModelFolder(tiny.Folder);
        folder.Rewrite(tensors => tensors.Select(entry => ("module." + entry.Name, entry.Value)));
        AutoModel.Load(folder.Path, Head).Dispose();
    }

    [Fact]
    public void A_tensor_that_belongs_to_no_head_of_a_bare_model_is_refused()
    {
        using var tiny = new TinyModel();
        using var folder = new ModelFolder(tiny.Folder);
        folder.Rewrite(tensors => tensors.Select(entry => (entry.Name["bert.".Length..], entry.Value)).Append(("embeddings_project.weight", torch.ones(9, 7))));
        Assert.Contains("unexpected the tensor 'embeddings_project.weight'", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, Head)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", "cls.", "'cls.predictions.transform.dense' and no")]
    [InlineData("roberta", "lm_head.", "'lm_head.dense' and no")]
    public void A_missing_head_for_masked_tokens_is_fresh_in_training_and_trains(string type, string prefix, string named)
    {
        using var family = new TinyFamily(type, masked: true);
        using var folder = new ModelFolder(family.Folder);
        folder.Rewrite(tensors => tensors.Where(entry => !entry.Name.StartsWith(prefix, StringComparison.Ordinal)));
        List<string> told = [];
        using var model = AutoModel.Load(folder.Path, family.Head, new LoadOptions(Warn: told.Add) { IsTraining = true });
        Assert.Contains(named.Split(' ')[0], Assert.Single(told), StringComparison.Ordinal);
        Assert.NotEmpty(model.HeadWeights);
        Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, family.Head));
    }

    [Fact]
    public void A_language_model_without_its_head_gets_a_fresh_one_in_training_only()
    {
        using var family = new TinyFamily("llama");
        using var folder = new ModelFolder(family.Folder);
        folder.Rewrite(tensors => tensors.Where(entry => entry.Name != "lm_head.weight"));
        using var model = AutoModel.Load(folder.Path, family.Head, new LoadOptions { IsTraining = true });
        Assert.Equal("lm_head.weight", Assert.Single(model.HeadWeights).Path);
        Assert.Contains("'lm_head.weight'", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Path, family.Head)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_weight_under_its_other_name_alone_is_found()
    {
        using var family = new TinyFamily("gpt2");
        using var folder = new ModelFolder(family.Folder);
        folder.Rewrite(tensors => tensors.Select(entry => entry.Name == "transformer.wte.weight" ? ("lm_head.weight", entry.Value) : entry));
        AutoModel.Load(folder.Path, family.Head).Dispose();
    }

    [Fact]
    public void An_adapter_in_the_models_folder_is_not_read_and_a_training_says_so()
    {
        using var tiny = new TinyModel();
        using var folder = new ModelFolder(tiny.Folder);
        File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), "{}");
        List<string> told = [];
        AutoModel.Load(folder.Path, Head, new LoadOptions(Warn: told.Add) { IsTraining = true }).Dispose();
        Assert.Contains("has an adapter too", Assert.Single(told), StringComparison.Ordinal);
    }

    private static Transformer LoadWithoutPooler(HeadOptions head)
    {
        using var folder = WithoutPooler();
        return AutoModel.Load(folder.Path, head);
    }

    private static ModelFolder WithoutPooler()
    {
        using var tiny = new TinyModel();
        var folder = new ModelFolder(tiny.Folder);
        folder.Rewrite(tensors => tensors.Where(entry => !entry.Name.StartsWith("bert.pooler.", StringComparison.Ordinal)));
        return folder;
    }
}
