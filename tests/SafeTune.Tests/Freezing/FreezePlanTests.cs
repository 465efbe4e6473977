using SafeTune.Freezing;
using SafeTune.Tests.Data;
using SafeTune.Tests.Training;
using SafeTune.Training;

namespace SafeTune.Tests.Freezing;

public sealed class FreezePlanTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyModel model = new();

    public void Dispose()
    {
        folder.Dispose();
        model.Dispose();
    }

    [Fact]
    public void A_run_replayed_with_its_plan_is_the_same_to_the_last_bit()
    {
        var original = new Recorder();
        using (var tuner = new FineTuner(Job(), original)) FineTunedModel.Save(folder.Path, Job(), tuner, tuner.Run());
        var plan = FreezePlan.Read(Path.Combine(folder.Path, FreezePlan.FileName));
        Assert.NotEmpty(plan.Freezes);

        var replayed = new Recorder();
        using (var tuner = new FineTuner(Job() with { FreezePlan = plan }, replayed)) Assert.Empty(tuner.Run().Probes);

        Assert.Equal(original.Losses, replayed.Losses);
        Assert.Equal(original.Freezes.Select(freeze => (freeze.Block, freeze.Step, freeze.ActivationBytesMeasured)), replayed.Freezes.Select(freeze => (freeze.Block, freeze.Step, freeze.ActivationBytesMeasured)));
    }

    [Theory]
    [InlineData("""{"freezes": [{"block": 0, "step": 0}]}""", "steps from 1")]
    [InlineData("""{"freezes": [{"block": 0, "step": 3}, {"block": 0, "step": 9}]}""", "freezes block 0 twice")]
    [InlineData("""{"freezes": 3}""", "is no freeze plan")]
    [InlineData("""[]""", "is no freeze plan")]
    [InlineData("""{"freezes": [null]}""", "is no freeze plan")]
    [InlineData("""{""", "not valid JSON")]
    public void A_plan_that_cannot_be_followed_is_refused(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => FreezePlan.Read(folder.File("plan.json", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_block_that_is_not_there_is_named() =>
        Assert.Contains("block 7", Assert.Throws<UsageException>(() => new FineTuner(Job() with { FreezePlan = new FreezePlan([new PlannedFreeze(7, 1)]) })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_plan_without_safe_is_refused() =>
        Assert.Contains("needs a method with '+safe'", Assert.Throws<UsageException>(() => new FineTuner(Job() with { Method = "lora", FreezePlan = new FreezePlan([new PlannedFreeze(0, 1)]) })).Message, StringComparison.Ordinal);

    private FineTuneJob Job() => new()
    {
        ModelFolder = model.Folder,
        Method = "lora+safe",
        Train = TinyModel.Halves(96),
        Training = new TrainingOptions { Epochs = 4, BatchSize = 16, MaxLength = 32, LearningRate = 5e-3 },
        Safe = new SafeOptions { TauFinal = 0.5, ProbesPerEpoch = 2, ProbeExamples = 32 },
    };
}
