using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Training;

/// <summary>Trainings whose frozen model computes in bfloat16.</summary>
public sealed class BfloatTests
{
    public static TheoryData<string> Families => [.. TinyFamily.All];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_frozen_model_in_bfloat16_learns_as_one_in_float32_and_holds_less(string type)
    {
        using var family = new TinyFamily(type);
        var single = Run(Job(family, ScalarType.Float32), out _);
        var half = Run(Job(family, ScalarType.BFloat16), out var tuner);
        using (tuner)
        {
            var adapters = Enumerable.Range(0, tuner.Model.Blocks.Count).SelectMany(tuner.Adapters!.Unit).ToHashSet();
            Assert.All(adapters, weight => Assert.Equal(ScalarType.Float32, weight.Value.dtype));
            Assert.Equal(ScalarType.BFloat16, tuner.Model.Dtype);
        }

        Assert.True(half.EpochLosses[^1] < half.EpochLosses[0], string.Join(", ", half.EpochLosses));
        // Other dropout numbers and eight bits of mantissa, the same training.
        Assert.Equal(single.EpochLosses[^1], half.EpochLosses[^1], 0.2);
        Assert.Equal(single.Flops, half.Flops);
        Assert.True(half.ResidentBytes < 0.8 * single.ResidentBytes, $"{half.ResidentBytes} of {single.ResidentBytes}");
        Assert.True(half.ActivationBytes < single.ActivationBytes, $"{half.ActivationBytes} of {single.ActivationBytes}");
        Assert.Null(half.PredictedPeakBytes);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("bitfit")]
    public void Weights_of_the_model_itself_are_not_trained_in_it(string method)
    {
        using var family = new TinyFamily("bert");
        Assert.Contains("bfloat16", Assert.Throws<UsageException>(() => new FineTuner(Job(family, ScalarType.BFloat16) with { Method = method })).Message);
    }

    [Fact]
    public void A_budget_is_refused_since_the_memory_is_not_predicted()
    {
        using var family = new TinyFamily("bert");
        Assert.Contains("float32", Assert.Throws<UsageException>(() => new FineTuner(Job(family, ScalarType.BFloat16) with { MemoryBudget = 1 << 30 })).Message);
    }

    private static FineTuneJob Job(TinyFamily family, ScalarType dtype) => new()
    {
        ModelFolder = family.Folder,
        Method = "lora",
        Train = family.Task(96),
        Validation = family.Task(32, seed: 2),
        Kernels = KernelOptions.Composed,
        Dtype = dtype,
        Training = new TrainingOptions { Epochs = 6, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 },
    };

    private static RunReport Run(FineTuneJob job, out FineTuner tuner)
    {
        tuner = new FineTuner(job);
        return tuner.Run();
    }
}
