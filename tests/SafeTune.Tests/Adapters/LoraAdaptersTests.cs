using SafeTune.Adapters;
using SafeTune.Baselines;
using SafeTune.Models;
using Xunit;

namespace SafeTune.Tests.Adapters;

public sealed class LoraAdaptersTests : IDisposable
{
    private readonly TinyModel folder = new();
    private readonly Transformer model;

    public LoraAdaptersTests() => model = AutoModel.Load(folder.Folder, HeadOptions.Classes(2));

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Only_adapters_and_the_classifier_train()
    {
        LoraAdapters.Inject(model, new LoraOptions());
        var trained = model.NamedWeights().Where(entry => entry.Weight.Trains).Select(entry => entry.Path).ToArray();
        Assert.Equal((3 * 4) + 2, trained.Length);
        Assert.All(trained, path => Assert.True(path.Contains("lora_", StringComparison.Ordinal) || path.StartsWith("classifier.", StringComparison.Ordinal), path));
        Assert.Contains("bert.encoder.layer.0.attention.self.query.lora_A.weight", trained);
    }

    [Fact]
    public void Adapters_in_the_upper_blocks_leave_the_lower_ones_without_autograd()
    {
        LoraAdapters.Inject(model, new LoraOptions(), UpperLayersOptions.Of(3));
        Assert.Equal(2, new ForwardPass(model).Prefix);
    }

    [Theory]
    [InlineData(24, 18)]
    [InlineData(12, 9)]
    [InlineData(6, 4)]
    public void The_upper_quarter_of_the_blocks_is_adapted(int blocks, int lowest) => Assert.Equal(lowest, UpperLayersOptions.Of(blocks)[0]);

    [Fact]
    public void A_target_module_that_matches_nothing_is_named()
    {
        var error = Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(TargetModules: ["query", "valeu"])));
        Assert.Contains("'valeu'", error.Message);
        Assert.Contains("'value'", error.Message);
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(4, 1.0)]
    public void Settings_that_cannot_work_are_refused(int rank, double dropout) =>
        Assert.Throws<UsageException>(() => LoraAdapters.Inject(model, new LoraOptions(rank, 16, dropout)));
}
