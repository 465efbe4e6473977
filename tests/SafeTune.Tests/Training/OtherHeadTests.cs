using SafeTune.Adapters;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Training;

/// <summary>Trainings that begin with a checkpoint of another task.</summary>
public sealed class OtherHeadTests : IDisposable
{
    private readonly ModelFolder model;
    private readonly string folder = Path.Combine(Path.GetTempPath(), "safetune-heads-" + Guid.NewGuid().ToString("N"));

    public OtherHeadTests()
    {
        using var tiny = new TinyModel();
        model = new ModelFolder(tiny.Folder);
        model.Rewrite(tensors => tensors.Where(entry => !entry.Name.StartsWith("bert.pooler.", StringComparison.Ordinal)).Append(("qa_outputs.weight", torch.ones(2, 32))));
    }

    public void Dispose()
    {
        model.Dispose();
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("adalora")]
    [InlineData("houlsby")]
    [InlineData("bitfit")]
    [InlineData("full")]
    public void A_fresh_pooler_is_trained_saved_and_loaded_with_any_method(string method)
    {
        var recorder = new Recorder();
        using var tuner = new FineTuner(Job(method), recorder);
        Assert.Contains(recorder.Notes, note => note.Contains("has no 'bert.pooler.dense'", StringComparison.Ordinal));
        Assert.Contains(recorder.Notes, note => note.Contains("the head 'qa_outputs' is of an earlier task", StringComparison.Ordinal));
        var report = tuner.Run();
        FineTunedModel.Save(folder, tuner.Job, tuner, report);
        using var loaded = FineTunedModel.Load(folder);
        Assert.All(report.Scores, score => Assert.InRange(loaded.Evaluate(tuner.Job.Validation!)[score.Key] / score.Value, 1 - 1e-5, 1 + 1e-5));
    }

    [Fact]
    public void A_training_goes_on_with_the_pooler_that_the_adapter_brings()
    {
        using (var tuner = new FineTuner(Job("lora"))) FineTunedModel.Save(folder, tuner.Job, tuner, tuner.Run());
        using var second = new FineTuner(Job("lora") with { StartFrom = folder });
        using var file = SafeTune.Checkpoints.SafeTensorsFile.Open(Path.Combine(folder, PeftFolder.WeightsName));
        using var saved = file.Read("base_model.model.bert.pooler.dense.weight");
        Assert.True(saved.eq(second.Model.NamedWeights().Single(entry => entry.Path == "bert.pooler.dense.weight").Weight.Value).all().item<bool>());
    }

    [Fact]
    public void An_adapter_that_brings_no_pooler_predicts_nothing_with_a_model_that_has_none()
    {
        using var tiny = new TinyModel();
        using (var tuner = new FineTuner(Job("lora") with { ModelFolder = tiny.Folder })) FineTunedModel.Save(folder, tuner.Job, tuner, tuner.Run());
        Assert.Contains("the pooler that a head for labels reads", Assert.Throws<UsageException>(() => FineTunedModel.Load(folder, model.Path)).Message, StringComparison.Ordinal);
    }

    private FineTuneJob Job(string method) => new()
    {
        ModelFolder = model.Path,
        Method = method,
        Train = TinyModel.Halves(48),
        Validation = TinyModel.Halves(32, seed: 2),
        Training = new TrainingOptions { Epochs = 2, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3, CheckpointSeconds = 0 },
    };
}
