using SafeTune.Baselines;
using SafeTune.Models;
using SafeTune.Tests.Training;
using SafeTune.Training;

namespace SafeTune.Tests.Baselines;

public sealed class AdapterDropTests
{
    public static TheoryData<string> Families => [.. TinyFamily.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void It_learns_with_less_compute_and_the_same_peak(string type)
    {
        using var family = new TinyFamily(type);
        var dropped = Run(family, "lora+adapterdrop");
        var whole = Run(family, "lora");

        Assert.True(dropped.EpochLosses[^1] < dropped.EpochLosses[0], string.Join(", ", dropped.EpochLosses));
        Assert.Equal(whole.MemoryBeforeBytes, dropped.MemoryBeforeBytes);
        Assert.True(dropped.MemoryMeanBytes < whole.MemoryMeanBytes);
        Assert.True(dropped.Flops.Backward < whole.Flops.Backward);
        Assert.Equal(0, dropped.FrozenFraction);
    }

    [Fact]
    public void A_step_leaves_the_adapters_it_dropped_where_they_were()
    {
        using var family = new TinyFamily("bert");
        FineTuner? tuner = null;
        float[][] Values() => [.. Enumerable.Range(0, 3).Select(block => tuner!.Adapters!.Unit(block).SelectMany(weight => weight.Value.data<float>().ToArray()).ToArray())];
        List<float[][]> values = [];
        using (tuner = new FineTuner(Job(family, "lora+adapterdrop"), new Recorder { OnStep = _ => values.Add(Values()) }))
        {
            var drop = new AdapterDrop(tuner.Adapters!, new ForwardPass(tuner.Model), seed: 1);
            tuner.Run();
            // Steps count from 0 there and from 1 for the listener.
            for (var step = 1; step < values.Count; step++)
                for (var block = 0; block < 3; block++) Assert.Equal(block < drop.Dropped(step), values[step][block].AsSpan().SequenceEqual(values[step - 1][block]));
            Assert.Equal([0, 1, 2], Enumerable.Range(0, values.Count).Select(drop.Dropped).Distinct().Order());
        }
    }

    private static RunReport Run(TinyFamily family, string method)
    {
        using var tuner = new FineTuner(Job(family, method));
        return tuner.Run();
    }

    private static FineTuneJob Job(TinyFamily family, string method) => new()
    {
        ModelFolder = family.Folder,
        Method = method,
        Train = family.Task(96),
        Training = new TrainingOptions { Epochs = 6, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 },
    };
}
