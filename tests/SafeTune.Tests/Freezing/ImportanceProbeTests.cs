using System.Text.Json;
using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Checkpoints;
using SafeTune.Freezing;
using SafeTune.Models;

namespace SafeTune.Tests.Freezing;

public sealed class ImportanceProbeTests : IDisposable
{
    private readonly SafeTensorsFile golden = SafeTensorsFile.Open(Golden.Path("bert/classification/golden.safetensors"));
    private readonly Transformer model = AutoModel.Load(Golden.Path("bert/classification"));
    private readonly Batch batch;

    public ImportanceProbeTests() => batch = new TextBatch(golden.Read("in.input_ids"), golden.Read("in.attention_mask"), golden.Read("in.token_type_ids"), Labels: null);

    public void Dispose()
    {
        batch.Dispose();
        model.Dispose();
        golden.Dispose();
    }

    [Fact]
    public void Scores_are_the_reference_s()
    {
        var adapters = PeftFolder.Load(Golden.Path("bert/classification/adapter"), model);
        var expected = JsonDocument.Parse(File.ReadAllText(Golden.Path("safe/scores.json"))).RootElement.GetProperty("bert/classification").EnumerateArray().Select(score => score.GetDouble()).ToArray();
        var scores = new ImportanceProbe(model, adapters, new ForwardPass(model), centre: true).Scores(batch);
        var difference = expected.Zip(scores, (e, s) => Math.Abs(e - s)).Max();
        Assert.True(scores.Length == expected.Length && difference < 1e-5, $"the largest difference is {difference}");
    }

    [Fact]
    public void An_adapter_that_adds_nothing_scores_0()
    {
        var adapters = LoraAdapters.Inject(model, new LoraOptions());
        Assert.All(new ImportanceProbe(model, adapters, new ForwardPass(model), centre: true).Scores(batch), score => Assert.Equal(0, score, 6));
    }

    [Fact]
    public void A_model_in_training_is_scored_without_dropout()
    {
        var probe = new ImportanceProbe(model, PeftFolder.Load(Golden.Path("bert/classification/adapter"), model), new ForwardPass(model), centre: true);
        model.Train(false);
        var expected = probe.Scores(batch);
        model.Train();
        Assert.Equal(expected, probe.Scores(batch));
    }

    [Fact]
    public void Without_centring_the_mean_activation_hides_the_change()
    {
        var adapters = PeftFolder.Load(Golden.Path("bert/classification/adapter"), model);
        double[] Scores(bool centre) => new ImportanceProbe(model, adapters, new ForwardPass(model), centre).Scores(batch);
        Assert.All(Scores(centre: false).Zip(Scores(centre: true)), pair => Assert.True(pair.First < pair.Second, $"{pair.First} uncentred, {pair.Second} centred"));
    }

    [Fact]
    public void The_model_trains_on_as_before()
    {
        var adapters = PeftFolder.Load(Golden.Path("bert/classification/adapter"), model);
        model.Train();
        var pass = new ForwardPass(model);
        new ImportanceProbe(model, adapters, pass, centre: true).Scores(batch);
        Assert.True(model.Training);
        Assert.All(model.Named<Lora>(), entry => Assert.True(entry.Component.Enabled));
    }
}
