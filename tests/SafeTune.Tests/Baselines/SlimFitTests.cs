using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Models;
using SafeTune.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Baselines;

public sealed class SlimFitTests
{
    [Fact]
    public void The_units_that_moved_least_are_frozen_and_keep_their_place_in_line()
    {
        using var folder = new TinyModel(layers: 4);
        using var model = AutoModel.Load(folder.Folder, HeadOptions.Classes(2));
        var adapters = LoraAdapters.Inject(model, new LoraOptions());
        using var pass = new ForwardPass(model);
        var rule = new SlimFit(new BaselineRun(adapters, pass, 1, 10, (_, _, _) => { }), new SlimFitOptions(0.5));
        // How far each block moves when it may: block 1 far, then 3, 0 and 2.
        double[] strides = [0.02, 0.4, 0.01, 0.1];
        List<int[]> active = [];
        for (var step = 0; step < 5; step++)
        {
            rule.BeforeStep(step);
            active.Add([.. rule.Active]);
            Assert.Equal(rule.Active.Min(), pass.Prefix);
            Assert.All(Enumerable.Range(0, 4), block => Assert.Equal(rule.Active.Contains(block), adapters.Unit(block).All(weight => weight.Trains)));
            using (no_grad()) foreach (var block in rule.Active) foreach (var weight in adapters.Unit(block)) weight.Value.mul_(1 + strides[block]);
            rule.AfterStep(step);
            Assert.All(Enumerable.Range(0, 4), block => Assert.True(adapters.Unit(block).All(weight => weight.Trains)));
        }

        // Each is measured once, in a random order; then the two that move farthest.
        Assert.Equal([0, 1, 2, 3], active[0].Concat(active[1]).Order());
        Assert.Equal([1, 3], active[2]);
        Assert.Equal([1, 3], active[4]);
    }

    [Fact]
    public void A_frozen_unit_does_not_move()
    {
        using var family = new TinyFamily("bert");
        using var tuner = new FineTuner(new FineTuneJob
        {
            ModelFolder = family.Folder,
            Method = "lora+slimfit",
            // Of three blocks two stay as they are.
            Baseline = new SlimFitOptions(0.7),
            Train = family.Task(16),
            Training = new TrainingOptions { Epochs = 1, BatchSize = 16, MaxLength = 32 },
        });
        var before = Enumerable.Range(0, 3).Select(block => Sum(tuner, block)).ToArray();
        tuner.Run();
        Assert.Equal(2, Enumerable.Range(0, 3).Count(block => Sum(tuner, block) == before[block]));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void A_rate_out_of_range_is_refused(double rate) =>
        Assert.Contains("freezing rate", Assert.Throws<UsageException>(() => new SlimFitOptions(rate).Check()).Message, StringComparison.Ordinal);

    private static double Sum(FineTuner tuner, int block) => tuner.Adapters!.Unit(block).Sum(weight => weight.Value.abs().sum().item<float>());
}
