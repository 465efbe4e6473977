using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Measurement;
using SafeTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Models;

public sealed class VisionModelTests
{
    private static readonly SwinConfig TinySwin = new() { EmbedDim = 8, Depths = [2, 1], Heads = [2, 4], WindowSize = 3, PatchSize = 2, MlpRatio = 2 };
    private static readonly VitConfig TinyVit = new() { HiddenSize = 8, Layers = 2, Heads = 2, IntermediateSize = 12, ImageSize = 8, PatchSize = 4 };

    public static TheoryData<string> Folders => ["vit", "swin", "swin-padded"];

    [Fact]
    public void Vit_counts_its_products()
    {
        using var model = TinyVit.Build(HeadOptions.Classes(5));
        const long batch = 3, patches = 6, tokens = 7, hidden = 8, ffn = 12;

        // Images of 8 × 12 pixels have 2 × 3 patches.
        var flops = FlopCounter.Step(model, new InputShape(batch, 0, 8, 12));

        var block = (4 * tokens * hidden * hidden) + (2 * tokens * hidden * ffn) + (2 * tokens * tokens * hidden);
        Assert.Equal(new Flops(2 * batch * ((patches * 3 * 16 * hidden) + (2 * block) + (hidden * 5)), 0, 0), flops);
    }

    [Fact]
    public void Swin_counts_its_products_with_the_padding_of_windows()
    {
        using var model = TinySwin.Build(HeadOptions.Classes(5));
        const long batch = 3;

        // 7 × 9 pixels: 4 × 5 patches, in 2 × 2 windows of 9; merged 2 × 3, in 1 × 2 windows of 4.
        var flops = FlopCounter.Step(model, new InputShape(batch, 0, 7, 9));

        static long Block(long tokens, long windows, long area, long hidden) =>
            (windows * ((4 * area * hidden * hidden) + (2 * area * area * hidden))) + (2 * tokens * hidden * 2 * hidden);
        var products = (20 * 3 * 4 * 8) + (2 * Block(20, 4, 9, 8)) + (6 * 32 * 16) + Block(6, 2, 4, 16) + (16 * 5);
        Assert.Equal(new Flops(2 * batch * products, 0, 0), flops);
    }

    [Fact]
    public void Full_fine_tuning_computes_no_gradient_of_the_pixels()
    {
        using var model = TinyVit.Build(HeadOptions.Classes(5));
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;

        var flops = FlopCounter.Step(model, new InputShape(3, 0, 8, 8));

        var (patches, attention) = (2L * 3 * 4 * 48 * 8, 2L * 2 * 2 * 3 * 5 * 5 * 8);
        Assert.Equal(flops.Forward - patches + attention, flops.InputGradient);
        Assert.Equal(flops.Forward - attention, flops.WeightGradient);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Nothing_is_left_in_memory_after_a_step(string folder)
    {
        using var model = AutoModel.Load(Golden.Path(folder));
        LoraAdapters.Inject(model, new LoraOptions());
        model.Train();
        using var batch = Images(2, 40, 48);
        using var meter = MemoryMeter.TryStart(CPU, out var whyNot) ?? throw new InvalidOperationException(whyNot);

        using (var result = new ForwardPass(model).Run(batch))
        {
            Assert.True(meter.CurrentBytes > 0);
            result.Loss!.backward();
        }

        foreach (var (_, weight) in model.NamedWeights()) weight.Value.grad = null;
        Assert.Equal(0, meter.CurrentBytes);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void In_bfloat16_logits_are_close_and_gradients_are_numbers(string folder)
    {
        using var batch = Images(2, 40, 48);
        using var reference = AutoModel.Load(Golden.Path(folder));
        using var expected = new ForwardPass(reference).Run(batch);
        using var model = AutoModel.Load(Golden.Path(folder), new LoadOptions(Dtype: ScalarType.BFloat16));
        LoraAdapters.Inject(model, new LoraOptions(Dropout: 0));

        using var found = new ForwardPass(model).Run(batch);
        found.Loss!.backward();

        // Every rounding is off by up to 2^-9; some 30 of them follow each other, and errors add up in no order.
        using var scope = NewDisposeScope();
        var largest = expected.Logits.abs().max().item<float>();
        var difference = found.Logits.to(ScalarType.Float32).sub(expected.Logits).abs().max().item<float>();
        Assert.InRange(difference, 0, 30 * Math.Pow(2, -9) * largest);
        Assert.All(model.NamedWeights().Where(entry => entry.Weight.Trains), entry => Assert.True(entry.Weight.Value.grad!.isfinite().all().item<bool>(), entry.Path));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Text_is_refused(string folder)
    {
        using var model = AutoModel.Load(Golden.Path(folder));
        using var text = TextBatch.Of([[1, 2]], null, 0, labels: null);
        var error = Assert.Throws<UsageException>(() => new ForwardPass(model).Run(text));
        Assert.Contains("reads images", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_are_no_multiple_of_vits_patches_are_refused()
    {
        using var model = AutoModel.Load(Golden.Path("vit"));
        using var batch = Images(1, 36, 32);
        Assert.Contains("multiples of 8", Assert.Throws<UsageException>(() => new ForwardPass(model).Run(batch)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Swin_reports_a_hidden_state_after_each_stage()
    {
        using var model = TinySwin.Build(HeadOptions.Classes(2));
        using var hidden = zeros(1, 4, 8);
        bool[] reported = [.. Enumerable.Range(0, model.Blocks.Count).Select(block =>
        {
            using var state = model.Reported(block, hidden);
            return state is not null;
        })];
        Assert.Equal([false, true, true], reported);
    }

    [Fact]
    public void A_map_smaller_than_the_window_is_one_window_that_does_not_shift() =>
        Assert.Equal(new WindowGrid(3, 5, 3, 0), WindowGrid.Of(3, 5, 7));

    [Fact]
    public void Joining_windows_undoes_cutting_them()
    {
        var grid = WindowGrid.Of(8, 10, 3);
        using var map = rand(2, 80, 4);
        using var windows = grid.Cut(map, grid.Shift);
        using var joined = grid.Join(windows, grid.Shift);
        Assert.True(joined.eq(map).all().item<bool>());
    }

    [Fact]
    public void A_dropped_path_is_dropped_for_whole_samples_and_keeps_the_mean()
    {
        manual_seed(1);
        var path = new DropPath(0.2);
        path.Train();
        using var scope = NewDisposeScope();
        var y = path.Forward(ones(20_000, 3, 2)).flatten(1);
        Assert.True(y.eq(y.narrow(1, 0, 1)).all().item<bool>());
        Assert.Equal(0.2, y.eq(0).to(ScalarType.Float64).mean().item<double>(), 2);
        Assert.Equal(1.25f, y.max().item<float>(), 5);
    }

    [Fact]
    public void A_number_can_be_predicted()
    {
        using var model = AutoModel.Load(Golden.Path("swin"), HeadOptions.Number());
        using var batch = new ImageBatch(rand(2, 3, 32, 32), tensor(new[] { 1f, 2f }));
        using var result = new ForwardPass(model).Run(batch);
        using var expected = result.Logits.squeeze(-1).sub(batch.Labels!).square().mean();
        Assert.Equal(expected.item<float>(), result.Loss!.item<float>(), 4);
    }

    private static ImageBatch Images(long size, long height, long width)
    {
        manual_seed(3);
        return new ImageBatch(randn([size, 3, height, width]), zeros([size], ScalarType.Int64));
    }
}
