using System.Text.Json;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Training;

namespace SafeTune.Tests.Training;

public sealed class MaskedTrainingTests : IDisposable
{
    private readonly TemporaryFolder runs = new();

    public void Dispose() => runs.Dispose();

    [Theory]
    [InlineData("bert", 200)]
    [InlineData("roberta", 500)] // Its tokens are bytes: more of them to learn.
    public void Four_sentences_are_learnt_by_heart(string type, int epochs)
    {
        using var family = new TinyFamily(type, masked: true);
        var four = family.Task(4);
        // Every copy is masked in its own way.
        var job = Job(family, "full", epochs, rows: 4) with { Train = four with { Examples = [.. Enumerable.Repeat(four.Examples, 8).SelectMany(examples => examples)] }, Validation = four };
        using var tuner = new FineTuner(job with { Training = job.Training with { BatchSize = 32, LearningRate = 3e-3, EvaluateEveryEpoch = false } });
        var report = tuner.Run();
        Assert.True(report.EpochLosses[0] > 2, $"{report.EpochLosses[0]}");
        Assert.True(report.Scores["loss"] < 0.3, $"{report.Scores["loss"]}");
        Assert.Equal(Math.Exp(report.Scores["loss"]), report.Scores["perplexity"], 9);
    }

    [Fact]
    public void Equal_runs_are_equal_to_the_last_bit_and_masks_differ_from_epoch_to_epoch()
    {
        using var family = new TinyFamily("bert", masked: true);
        var job = Job(family, "full", epochs: 3, rows: 8);
        // One batch an epoch, and a rate that changes next to nothing: other losses are other masks.
        var still = job with { Training = job.Training with { BatchSize = 8, LearningRate = 1e-12 } };
        Assert.Equal(Losses(job), Losses(job));
        Assert.Equal(3, Losses(still).Distinct().Count());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(17)]
    public void A_resumed_run_equals_an_uninterrupted_one(int stopAfter)
    {
        using var family = new TinyFamily("roberta", masked: true);
        var job = Job(family, "full", epochs: 3, rows: 64) with { Validation = family.Task(16) };
        var whole = new Recorder();
        var expected = Run(job, whole);

        var interrupted = job with { RunFolder = Path.Combine(runs.Path, "a") };
        using (var stop = new CancellationTokenSource())
        {
            using var tuner = new FineTuner(interrupted, new Recorder { OnStep = step => { if (step == stopAfter) stop.Cancel(); } });
            Assert.Throws<OperationCanceledException>(() => tuner.Run(stop.Token));
        }

        var second = new Recorder();
        var resumed = Run(interrupted, second);
        Assert.Equal(whole.Losses[stopAfter..], second.Losses);
        Assert.Equal(expected.Scores, resumed.Scores);
        Assert.Equal(expected.Flops, resumed.Flops);
    }

    [Theory]
    [InlineData("bert", "full", "BertForMaskedLM")]
    [InlineData("roberta", "full", "RobertaForMaskedLM")]
    [InlineData("bert", "lora", null)]
    public void A_saved_model_loads_again_and_scores_the_same(string type, string method, string? architecture)
    {
        using var family = new TinyFamily(type, masked: true);
        var folder = Path.Combine(runs.Path, "saved");
        var job = Job(family, method, epochs: 2, rows: 32) with { Validation = family.Task(16) };
        using (var tuner = new FineTuner(job)) FineTunedModel.Save(folder, job, tuner, tuner.Run());

        using var saved = FineTunedModel.Load(folder);
        Assert.Equal(TaskKind.MaskedLanguageModelling, saved.Info.Task);
        Assert.Equal(saved.Info.Scores["loss"], saved.Evaluate(job.Validation)["loss"], 1e-5);
        if (architecture is null) return;
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        Assert.Equal(architecture, config.RootElement.GetProperty("architectures")[0].GetString());
        using var whole = AutoModel.Load(folder);
        using var classifier = AutoModel.Load(folder, HeadOptions.Classes(2));
        Assert.Equal(family.Head, whole.HeadOptions);
        Assert.Equal(3, classifier.Blocks.Count);
    }

    private static FineTuneJob Job(TinyFamily family, string method, int epochs, int rows) => new()
    {
        ModelFolder = family.Folder,
        Method = method,
        Train = family.Task(rows),
        Training = new TrainingOptions { Epochs = epochs, BatchSize = 8, LearningRate = 1e-3, MaxLength = 32, LengthBuckets = true },
    };

    private static List<double> Losses(FineTuneJob job)
    {
        var recorder = new Recorder();
        Run(job, recorder);
        return recorder.Losses;
    }

    private static RunReport Run(FineTuneJob job, Recorder recorder)
    {
        using var tuner = new FineTuner(job, recorder);
        return tuner.Run();
    }
}
