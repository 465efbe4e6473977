using SafeTune.Batching;
using SafeTune.Models;
using SafeTune.Training;

namespace SafeTune.Tests.Training;

public sealed class StepTrialTests
{
    private static readonly BertConfig Small = new() { Layers = 4, HiddenSize = 32, Heads = 4, IntermediateSize = 64, VocabSize = 100 };

    public static TheoryData<string> Known => [.. Methods.Known];

    [Theory]
    [MemberData(nameof(Known))]
    public void A_step_of_every_method_can_be_tried(string method)
    {
        var trial = Try(new StepTrialOptions(Small, HeadOptions.Classes(2), new InputShape(4, 8)) { Method = method });
        Assert.True(trial is { Seconds: > 0, PeakBytes: > 0, ResidentBytes: > 0, TrainableParameters: > 0 } && trial.ActivationBytes <= trial.PeakBytes && trial.Flops.Total > 0, trial.ToString());
    }

    [Fact]
    public void Every_kind_of_head_and_input_can_be_tried()
    {
        Try(new(Small, HeadOptions.Span(), new InputShape(2, 8)));
        Try(new(Small, HeadOptions.Number(), new InputShape(2, 8)));
        Try(new(new Gpt2Config { Layers = 2, HiddenSize = 32, Heads = 4, VocabSize = 100 }, HeadOptions.NextToken(), new InputShape(2, 8)));
        Try(new(new VitConfig { Layers = 2, HiddenSize = 32, Heads = 4, IntermediateSize = 64, ImageSize = 16, PatchSize = 4 }, HeadOptions.Classes(3), new InputShape(2, 0, 16, 16)));
    }

    [Fact]
    public void The_planner_foretells_its_bytes()
    {
        var options = new StepTrialOptions(Small, HeadOptions.Classes(2), new InputShape(4, 16)) { Frozen = 2, Parts = 2, Kernels = KernelOptions.Composed };
        var trial = Try(options);
        using var planner = new Planner(Small, options.Head, "lora");
        var planned = planner.Predict(2, options.Shape, parts: 2);
        Assert.Equal(planned.ResidentBytes, trial.ResidentBytes);
        Assert.InRange((double)planned.PeakBytes / (double)trial.PeakBytes!, 0.97, 1.03);
        Assert.Equal(planned.Flops, trial.Flops);
    }

    private static StepTrial Try(StepTrialOptions options) => StepTrial.Run(options with { Steps = 2, Warmup = 1 });
}
