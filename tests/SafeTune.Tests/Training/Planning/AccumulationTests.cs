using SafeTune.Adapters;
using SafeTune.Training;

namespace SafeTune.Tests.Training.Planning;

public sealed class AccumulationTests
{
    [Theory]
    // Texts of unlike numbers of tokens to be predicted; the last part of a step is smaller than the others.
    [InlineData("llama", "lora")]
    [InlineData("llama", "adalora")]
    [InlineData("vit", "lora")]
    [InlineData("vit", "full")]
    public void Steps_in_parts_learn_what_whole_steps_learn(string type, string method)
    {
        using var family = new TinyFamily(type);
        var (whole, flops) = Losses(family, method, part: null);
        var (parts, flopsOfParts) = Losses(family, method, part: 3);
        Assert.Equal(whole.Count, parts.Count);
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * pair.First));
        Assert.True(Math.Abs(whole[0] - whole[^1]) > 1e-2, "nothing was learned");
        Assert.InRange(flopsOfParts / (double)flops, 0.8, 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_part_is_no_larger_than_its_step(int size) =>
        Assert.Contains("micro-batch", Assert.Throws<UsageException>(new TrainingOptions { BatchSize = 8, MicroBatchSize = size }.Check).Message, StringComparison.Ordinal);

    private static (IReadOnlyList<double> Losses, long Flops) Losses(TinyFamily family, string method, int? part)
    {
        var recorder = new Recorder();
        using var tuner = new FineTuner(new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = method,
            Train = family.Task(24),
            Adapter = method == "lora" ? new LoraOptions(Dropout: 0) : null,
            Training = new TrainingOptions { Epochs = 3, BatchSize = 8, MicroBatchSize = part, MaxLength = 32, LearningRate = 2e-3 },
        }, recorder);
        var report = tuner.Run();
        return (recorder.Losses, report.Flops.Total);
    }
}
