using SafeTune.Checkpoints;
using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests.Models;

public sealed class AutoModelTests : IDisposable
{
    private static readonly HeadOptions Head = HeadOptions.Classes(2);
    private readonly TinyModel folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_with_and_without_the_prefix_load_alike()
    {
        using var with = AutoModel.Load(folder.Folder, Head);
        Rewrite(tensors => tensors.Select(entry => (entry.Name["bert.".Length..], entry.Value)));
        using var without = AutoModel.Load(folder.Folder, Head);
        Assert.All(Body(with).Zip(Body(without)), pair => Assert.True(pair.First.Weight.Value.eq(pair.Second.Weight.Value).all().item<bool>(), pair.First.Path));
    }

    [Fact]
    public void A_missing_tensor_is_named() =>
        Refused(tensors => tensors.Where(entry => !entry.Name.EndsWith("layer.1.output.dense.weight", StringComparison.Ordinal)), "missing the tensor 'bert.encoder.layer.1.output.dense.weight'");

    [Fact]
    public void An_unexpected_tensor_is_named() => Refused(tensors => tensors.Append(("bert.encoder.layer.9.extra", torch.zeros(1))), "unexpected the tensor 'bert.encoder.layer.9.extra'");

    [Fact]
    public void Another_shape_is_refused_with_both() =>
        Refused(tensors => tensors.Select(entry => entry.Name.EndsWith("pooler.dense.bias", StringComparison.Ordinal) ? (entry.Name, torch.zeros(31)) : entry), "has the shape [31], and config.json asks for [32]");

    [Fact]
    public void The_head_of_pre_training_is_left_out()
    {
        Rewrite(tensors => tensors.Append(("cls.predictions.bias", torch.zeros(17))));
        AutoModel.Load(folder.Folder, Head).Dispose();
    }

    [Fact]
    public void A_head_that_the_file_lacks_is_missing_unless_it_is_to_be_fresh() =>
        Assert.Contains("classifier.weight", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Folder, Head with { IsFresh = false })).Message);

    [Theory]
    [InlineData("\"bert\"", "\"brt\"", "Did you mean 'bert'?")]
    [InlineData("\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "divisible")]
    [InlineData("\"vocab_size\": 17", "\"vocab_size\": \"many\"", "vocab_size")]
    [InlineData("\"type_vocab_size\": 2}", "\"type_vocab_size\": 2", "not valid JSON")]
    [InlineData("\"type_vocab_size\"", "\"hidden_act\": \"elu\", \"type_vocab_size\"", "'elu', which is not known; known: gelu, ")]
    public void A_config_that_cannot_be_used_is_refused(string was, string becomes, string expected)
    {
        var path = Path.Combine(folder.Folder, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(was, becomes, StringComparison.Ordinal));
        var message = Assert.Throws<UsageException>(() => AutoModel.Load(folder.Folder, Head)).Message;
        Assert.Contains(expected, message);
        Assert.Contains("config.json", message);
    }

    [Fact]
    public void Missing_and_unexpected_tensors_may_be_allowed_and_are_told()
    {
        Rewrite(tensors => tensors.Where(entry => !entry.Name.EndsWith("layer.1.output.dense.weight", StringComparison.Ordinal)).Append(("bert.extra", torch.zeros(1))));
        List<string> told = [];
        using var model = AutoModel.Load(folder.Folder, Head, new LoadOptions(AllowMismatch: true, Warn: told.Add));
        Assert.Contains(told, sentence => sentence.Contains("missing the tensor 'bert.encoder.layer.1.output.dense.weight'", StringComparison.Ordinal));
        Assert.Contains(told, sentence => sentence.Contains("unexpected the tensor 'bert.extra'", StringComparison.Ordinal));
        Assert.True(model.Blocks[1].NamedWeights().All(entry => entry.Weight.IsLoaded));
    }

    [Theory]
    [InlineData(torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void Half_precision_files_load_as_float32(torch.ScalarType dtype)
    {
        Rewrite(tensors => tensors.Select(entry => (entry.Name, entry.Value.to(dtype))));
        using var model = AutoModel.Load(folder.Folder, Head);
        Assert.All(model.NamedWeights(), entry => Assert.Equal(torch.ScalarType.Float32, entry.Weight.Value.dtype));
    }

    [Theory]
    [InlineData("BertForNextSentencePrediction", "known for the type 'bert': BertForSequenceClassification, BertForQuestionAnswering, BertForMaskedLM")]
    [InlineData("BertModel", "can be loaded when the task is named")]
    public void An_unknown_architecture_is_refused_with_those_that_are_known(string architecture, string sentence)
    {
        var path = Path.Combine(folder.Folder, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("{\"model_type\"", $"{{\"architectures\": [\"{architecture}\"], \"model_type\"", StringComparison.Ordinal));
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoModel.Load(folder.Folder)).Message, StringComparison.Ordinal);
        AutoModel.Load(folder.Folder, Head).Dispose();
    }

    [Fact]
    public void A_head_that_the_family_lacks_is_refused_with_those_it_has() =>
        Assert.Contains("it has heads for classification, regression, question answering", Assert.Throws<UsageException>(() => AutoModel.Load(folder.Folder, HeadOptions.NextToken())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.Contains("'nowhere'", Assert.Throws<UsageException>(() => AutoModel.Load("nowhere", Head)).Message);

    private static IEnumerable<(string Path, Weight Weight)> Body(Transformer model) => model.NamedWeights().Where(entry => entry.Path.StartsWith("bert.", StringComparison.Ordinal));

    private void Refused(Func<IEnumerable<(string Name, torch.Tensor Value)>, IEnumerable<(string, torch.Tensor)>> change, string expected)
    {
        Rewrite(change);
        Assert.Contains(expected, Assert.Throws<UsageException>(() => AutoModel.Load(folder.Folder, Head)).Message);
    }

    private void Rewrite(Func<IEnumerable<(string Name, torch.Tensor Value)>, IEnumerable<(string, torch.Tensor)>> change)
    {
        var path = Path.Combine(folder.Folder, "model.safetensors");
        using var file = SafeTensorsFile.Open(path);
        SafeTensors.Write(path, [.. change(file.Entries.Keys.Select(name => (name, file.Read(name))))]);
    }
}
