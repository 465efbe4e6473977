using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Measurement;
using SafeTune.Models;
using TorchSharp;
using Xunit.Abstractions;

namespace SafeTune.Tests.Models;

public sealed class MaskedHeadTests(ITestOutputHelper output)
{
    private const string Table = "embeddings.word_embeddings.weight";

    [Theory]
    [InlineData("bert", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias")]
    [InlineData("roberta", "lm_head.dense", "lm_head.layer_norm", "lm_head.bias")]
    public void The_loss_is_the_mean_cross_entropy_of_the_masked_tokens(string type, string dense, string norm, string bias)
    {
        using var family = new TinyFamily(type, masked: true);
        using var model = AutoModel.Load(family.Folder, family.Head);
        model.Train(false);
        torch.manual_seed(3);
        // Fresh ones would hide a swap.
        foreach (var (path, weight) in model.NamedWeights().Where(entry => !entry.Path.Contains("layer.", StringComparison.Ordinal))) weight.Set(torch.randn([.. weight.Shape]) * 0.3);
        var weights = model.NamedWeights().ToDictionary(entry => entry.Path, entry => entry.Weight.Value);
        using var batch = (TextBatch)family.Batch(model, 6);
        torch.Tensor? hidden = null;
        using var pass = new ForwardPass(model) { AfterBlock = (block, value) => hidden = block == 2 ? value.clone() : null };
        using var found = pass.Run(batch);

        using var scope = torch.NewDisposeScope();
        var h = torch.nn.functional.linear(hidden!, weights[$"{dense}.weight"], weights[$"{dense}.bias"]).gelu();
        var centred = h - h.mean([-1], keepdim: true);
        h = centred / (centred.pow(2).mean([-1], keepdim: true) + ((BertConfig)model.Config).LayerNormEps).sqrt() * weights[$"{norm}.weight"] + weights[$"{norm}.bias"];
        var logits = h.matmul(weights[$"{type}.{Table}"].t()) + weights[bias];                                            // [batch, seq, vocabulary]
        var chosen = torch.nn.functional.log_softmax(logits, -1).gather(-1, batch.Labels!.clamp(0).unsqueeze(-1)).squeeze(-1);
        var asked = batch.Labels!.ne(TextBatch.Ignored);
        var expected = -(chosen * asked.to(torch.ScalarType.Float32)).sum() / asked.sum();

        var difference = Math.Abs(expected.item<float>() - found.Loss!.item<float>());
        output.WriteLine($"loss {found.Loss.item<float>()}, difference {difference}");
        Assert.InRange(difference, 0, 1e-5);
        Assert.Equal([batch.Shape.Masked, model.Config.Vocabulary!.Value], found.Logits.shape);
        hidden!.Dispose();
    }

    [Fact]
    public void Without_masks_every_token_gets_its_logits()
    {
        using var family = new TinyFamily("roberta", masked: true);
        using var model = AutoModel.Load(family.Folder, family.Head);
        using var batch = model.Config.RandomBatch();
        using var found = new ForwardPass(model).Run(batch);
        Assert.Equal([2, 16, 300], found.Logits.shape);
        Assert.Null(found.Loss);
    }

    [Fact]
    public void The_word_table_learns_from_both_of_its_places()
    {
        using var family = new TinyFamily("bert", masked: true);
        using var model = AutoModel.Load(family.Folder, family.Head);
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
        using var batch = (TextBatch)family.Batch(model, 6);
        using var pass = new ForwardPass(model);
        using var found = pass.Run(batch);
        pass.Backward(found.Loss!);
        var table = model.NamedWeights().Single(entry => entry.Path == "bert." + Table).Weight.Value;
        // A word that is nowhere in the batch is told by the softmax only.
        Assert.True(table.grad![299].abs().max().item<float>() > 0);
        Assert.DoesNotContain(model.NamedWeights(), entry => entry.Path.Contains("decoder", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_masked_rows_are_counted()
    {
        using var model = new BertConfig { Layers = 1, HiddenSize = 8, Heads = 2, IntermediateSize = 16, VocabSize = 11 }.Build(HeadOptions.MaskedTokens());
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
        long Of(long masked) => FlopCounter.Step(model, new InputShape(2, 5, Masked: masked)).Total;
        // Forward, input gradient and weight gradient.
        Assert.Equal(3 * 2 * ((8 * 8) + (8 * 11)), Of(4) - Of(3));
        Assert.Equal(Of(10), Of(0));
    }

    [Theory]
    [InlineData("bert", "cls.predictions", "weight", true)]
    [InlineData("bert", "cls.predictions", "bias", true)]
    [InlineData("bert", "cls.predictions", "weight", false)]
    [InlineData("bert", "cls.predictions", "bias", false)]
    [InlineData("roberta", "lm_head", "weight", true)]
    [InlineData("roberta", "lm_head", "bias", false)]
    public void A_decoder_that_the_file_repeats_must_be_equal(string type, string predictions, string part, bool equal)
    {
        using var family = new TinyFamily(type, masked: true);
        var original = part == "bias" ? $"{predictions}.bias" : $"{type}.{Table}";
        Rewrite(family, tensors => tensors.Append(($"{predictions}.decoder.{part}", tensors.First(entry => entry.Name == original).Value + (equal ? 0 : 1))));
        if (equal) AutoModel.Load(family.Folder, family.Head).Dispose();
        else Assert.Contains($"'{predictions}.decoder.{part}' differs from '{original}'", Assert.Throws<UsageException>(() => AutoModel.Load(family.Folder, family.Head)).Message, StringComparison.Ordinal);
        // Whatever the decoder is, a classifier does without it.
        AutoModel.Load(family.Folder, HeadOptions.Classes(3)).Dispose();
    }

    [Fact]
    public void A_decoder_of_its_own_is_read_where_it_is_not_tied()
    {
        using var family = new TinyFamily("bert", masked: true);
        using var tied = AutoModel.Load(family.Folder, family.Head);
        Rewrite(family, tensors => tensors.Append(("cls.predictions.decoder.weight", tensors.First(entry => entry.Name == "bert." + Table).Value * 2)));
        var path = Path.Combine(family.Folder, "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Insert(1, "\"tie_word_embeddings\": false, "));
        using var apart = AutoModel.Load(family.Folder, family.Head);
        using var batch = tied.Config.RandomBatch();
        using var expected = new ForwardPass(tied).Run(batch);
        using var found = new ForwardPass(apart).Run(batch);
        Assert.InRange((expected.Logits * 2 - found.Logits).abs().max().item<float>(), 0, 1e-5 * expected.Logits.abs().max().item<float>());
    }

    [Fact]
    public void A_file_of_BertForMaskedLM_loads_without_a_judge_of_the_next_sentence()
    {
        using var family = new TinyFamily("bert", masked: true);
        Rewrite(family, tensors => tensors.Where(entry => !entry.Name.Contains("seq_relationship", StringComparison.Ordinal)));
        AutoModel.Load(family.Folder, family.Head).Dispose();
        AutoModel.Load(family.Folder, HeadOptions.Classes(2)).Dispose();
    }

    [Fact]
    public void A_file_without_a_pooler_loads_for_masks()
    {
        using var family = new TinyFamily("bert", masked: true);
        Rewrite(family, tensors => tensors.Where(entry => !entry.Name.Contains("pooler", StringComparison.Ordinal)));
        using var model = AutoModel.Load(family.Folder, family.Head);
        Assert.All(model.NamedWeights(), entry => Assert.True(entry.Weight.IsLoaded));
        Assert.Contains("pooler", Assert.Throws<UsageException>(() => AutoModel.Load(family.Folder, HeadOptions.Classes(2))).Message, StringComparison.Ordinal);
    }

    private static void Rewrite(TinyFamily family, Func<List<(string Name, torch.Tensor Value)>, IEnumerable<(string, torch.Tensor)>> change)
    {
        var path = Path.Combine(family.Folder, "model.safetensors");
        using var file = SafeTensorsFile.Open(path);
        SafeTensors.Write(path, [.. change([.. file.Entries.Keys.Select(name => (name, file.Read(name)))])]);
    }
}
