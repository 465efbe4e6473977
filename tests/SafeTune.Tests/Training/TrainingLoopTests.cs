using SafeTune.Adapters;
using SafeTune.Data;
using SafeTune.Freezing;
using SafeTune.Tests.Data;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Training;

/// <summary>What the options make of a training: the steps' rates, clipping, decay and dropout, the order, the probes.</summary>
public sealed class TrainingLoopTests : IDisposable
{
    private const double Peak = 2e-3;
    private readonly TinyModel model = new();
    private readonly TemporaryFolder runs = new();

    public void Dispose()
    {
        model.Dispose();
        runs.Dispose();
    }

    [Fact]
    public void The_rate_rises_in_the_warm_up_and_falls_to_the_end()
    {
        var recorder = new Recorder();
        // 0.3 of twelve steps are 3.6, to the nearest step 4.
        Run(Job(steps: 12, new() { WarmUpFraction = 0.3 }), recorder);
        double[] expected = [0, 1 / 4.0, 2 / 4.0, 3 / 4.0, 1, 7 / 8.0, 6 / 8.0, 5 / 8.0, 4 / 8.0, 3 / 8.0, 2 / 8.0, 1 / 8.0];
        Assert.Equal(expected.Length, recorder.Rates.Count);
        Assert.All(expected.Zip(recorder.Rates), pair => Assert.Equal(pair.First, pair.Second / Peak, 12));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 0)]
    public void The_first_step_is_as_long_as_its_rate(double warmUp, double share)
    {
        // Adam's first step is the rate along every weight that has a gradient, whatever the gradient; B begins at zero.
        var longest = 0f;
        var recorder = new Recorder();
        using var tuner = new FineTuner(Job(steps: 12, new() { WarmUpFraction = warmUp }), recorder);
        recorder.OnStep = step =>
        {
            if (step == 1) longest = Enumerable.Range(0, 3).SelectMany(tuner.Adapters!.Unit).Where(weight => weight.Name.StartsWith("lora_B", StringComparison.Ordinal)).Max(weight => weight.Value.abs().max().item<float>());
        };
        tuner.Run();
        Assert.Equal(share, longest / Peak, 3);
    }

    [Fact]
    public void Weight_decay_shrinks_a_weight_without_gradient_by_its_share_of_the_rate()
    {
        // While B is zero, A's gradient is.
        using var tuner = new FineTuner(Job(steps: 1, new() { WeightDecay = 10 }));
        var a = tuner.Adapters!.Unit(0).First(weight => weight.Name.StartsWith("lora_A", StringComparison.Ordinal)).Value;
        var before = a.norm().item<float>();
        tuner.Run();
        Assert.Equal(1 - (10 * Peak), a.norm().item<float>() / before, 5);
    }

    [Fact]
    public void Length_buckets_put_other_examples_into_a_step() => Assert.NotEqual(Losses(new()), Losses(new() { LengthBuckets = true }));

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public void Every_epoch_is_scored_or_the_last_alone(bool every, int evaluations)
    {
        var recorder = new Recorder();
        var job = Job(steps: 1, new() { EvaluateEveryEpoch = every }) with { Validation = TinyModel.Halves(16, seed: 2) };
        Run(job with { Training = job.Training with { Epochs = 3 } }, recorder);
        Assert.Equal(evaluations, recorder.Evaluations.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void A_step_s_gradients_are_clipped_to_their_joint_norm(int? part)
    {
        Assert.True(Norm(FirstGradients(clip: null, part)) > 0.1);
        Assert.Equal(0.01, Norm(FirstGradients(clip: 0.01, part)), 1e-6);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void A_clip_that_is_not_reached_changes_nothing(int? part)
    {
        var free = FirstGradients(clip: null, part);
        // Less than the norm of the parts' sum, which is sixteen times that of the step.
        Assert.Equal(free, FirstGradients(clip: 2 * Norm(free), part));
    }

    [Theory]
    [InlineData(0.1, false)]
    [InlineData(0, true)]
    public void Every_part_of_a_step_draws_its_own_dropout(double dropout, bool equal)
    {
        // Twice the same example: the parts differ in nothing but what they drop.
        var example = TinyModel.Halves(1).Examples[0];
        double FirstLoss(params Example[] examples)
        {
            var recorder = new Recorder();
            var job = Job(steps: 1, new() { BatchSize = examples.Length, MicroBatchSize = 1 }) with { Adapter = new LoraOptions(Dropout: 0) };
            SetDropout(dropout);
            Run(job with { Train = new Dataset("same", "train", examples, ["first", "second"], 0) }, recorder);
            return recorder.Losses[0];
        }

        Assert.Equal(equal, FirstLoss(example) == FirstLoss(example, example));
    }

    [Fact]
    public void Probes_centre_the_activations_as_the_options_say()
    {
        IReadOnlyList<double> Scores(bool centre)
        {
            var job = Job(steps: 4, new()) with { Method = "lora+safe", Safe = new SafeOptions { CentreCka = centre, ProbeExamples = 16 } };
            using var tuner = new FineTuner(job);
            return tuner.Run().Probes[0].Scores;
        }

        // Uncentred, the mean activation hides the change.
        Assert.All(Scores(centre: false).Zip(Scores(centre: true)), pair => Assert.True(pair.First < pair.Second, $"{pair.First} uncentred, {pair.Second} centred"));
    }

    // The first moment after one step is a tenth of the gradient.
    private float[] FirstGradients(double? clip, int? part)
    {
        var job = Job(steps: 1, new() { GradientClip = clip, MicroBatchSize = part }) with { RunFolder = Path.Combine(runs.Path, $"{clip} {part}") };
        Run(job);
        using var checkpoint = new CheckpointStore(Path.Combine(job.RunFolder, "checkpoints"), RunSettings.Of(job)).Load(discardOthers: false, note: null)!.Value.Tensors;
        return [.. checkpoint.Entries.Keys.Where(name => name.EndsWith(".exp_avg", StringComparison.Ordinal)).SelectMany(name =>
        {
            using var moment = checkpoint.Read(name);
            return moment.data<float>().ToArray().Select(value => value / 0.1f);
        })];
    }

    private List<double> Losses(TrainingOptions training)
    {
        var recorder = new Recorder();
        Run(Job(steps: 4, training), recorder);
        return recorder.Losses;
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    private void SetDropout(double probability)
    {
        var path = Path.Combine(model.Folder, "config.json");
        var text = File.ReadAllText(path).TrimEnd().TrimEnd('}');
        File.WriteAllText(path, FormattableString.Invariant($"{text}, \"hidden_dropout_prob\": {probability}, \"attention_probs_dropout_prob\": {probability}}}"));
    }

    private FineTuneJob Job(int steps, TrainingOptions training) => new()
    {
        ModelFolder = model.Folder,
        Method = "lora",
        Train = TinyModel.Halves(16 * steps),
        Training = training with { Epochs = 1, BatchSize = Math.Min(training.BatchSize, 16), MaxLength = 32, LearningRate = Peak },
    };

    private static void Run(FineTuneJob job, ITrainingListener? listener = null)
    {
        using var tuner = new FineTuner(job, listener);
        tuner.Run();
    }
}
