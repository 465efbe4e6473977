using System.Text.Json;
using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Measurement;
using SafeTune.Models;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class FlopCounterTests(ITestOutputHelper output)
{
    private static readonly InputShape Small = new(3, 5);

    [Fact]
    public void Lora_with_frozen_prefixes_counts_as_FlopCounterMode()
    {
        using var rows = JsonDocument.Parse(File.ReadAllText(Golden.Path("flops/bert_lora.json")));
        var largest = 0L;
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            long Of(string name) => row.GetProperty(name).GetInt64();
            var layers = (int)Of("layers");
            using var model = Model(layers, Of("hidden"), Of("ffn"), (int)Of("heads"));
            var adapters = Lora(model);
            for (var i = 0; i < Of("frozen_prefix"); i++) Freeze(adapters, i);

            var flops = FlopCounter.Step(model, new InputShape(Of("batch"), Of("seq")));

            largest = Math.Max(largest, Math.Abs(flops.Forward - Of("forward")) + Math.Abs(flops.Backward - Of("backward")));
            Assert.Equal((Of("forward"), Of("backward")), (flops.Forward, flops.Backward));
        }
        output.WriteLine($"max difference {largest} in {rows.RootElement.GetArrayLength()} rows");
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Every_state_of_the_blocks_counts_as_autograd_computes(string note, string json)
    {
        using var document = JsonDocument.Parse(json);
        var row = document.RootElement;
        long Of(string name) => row.GetProperty(name).GetInt64();
        JsonElement[] blocks = [.. row.GetProperty("blocks").EnumerateArray()];
        using var model = Model(blocks.Length, Of("hidden"), Of("ffn"), (int)Of("heads"), (int)Of("labels"));
        string[] targets = [.. row.GetProperty("targets").EnumerateArray().Select(t => t.GetString()!)];
        int[] adapted = [.. Enumerable.Range(0, blocks.Length).Where(i => Flag(blocks[i], "adapter"))];
        var adapters = targets.Length == 0 ? null : LoraAdapters.Inject(model, new LoraOptions((int)Of("rank"), TargetModules: targets), adapted);
        foreach (var (path, weight) in model.NamedWeights().Where(entry => !entry.Path.Contains("lora_", StringComparison.Ordinal)))
            weight.Trains = path.StartsWith("classifier.", StringComparison.Ordinal) || (path.StartsWith("bert.pooler.", StringComparison.Ordinal) && Flag(row, "pooler_trains"))
                || (path.StartsWith("bert.embeddings.", StringComparison.Ordinal) && Flag(row, "embeddings_train"));
        for (var i = 0; i < blocks.Length; i++)
        {
            foreach (var (path, weight) in model.Blocks[i].NamedWeights())
                weight.Trains = path.Contains("lora_", StringComparison.Ordinal) ? Flag(blocks[i], "trains") : Flag(blocks[i], "weights");
        }

        var flops = FlopCounter.Step(model, new InputShape(Of("batch"), Of("seq")));

        output.WriteLine($"{note}: forward {flops.Forward}, input gradients {flops.InputGradient}, weight gradients {flops.WeightGradient}");
        Assert.Equal((Of("forward"), Of("backward")), (flops.Forward, flops.Backward));
    }

    [Fact]
    public void Full_fine_tuning_computes_a_weight_gradient_for_every_projection()
    {
        using var model = Model(2, 8, 16, 2);
        foreach (var (_, weight) in model.NamedWeights()) weight.Trains = true;
        var flops = FlopCounter.Step(model, Small);

        var attention = 2L * 2 * 2 * 3 * 5 * 5 * 8;
        Assert.Equal(flops.Forward - attention, flops.WeightGradient);
        Assert.Equal(flops.Forward + attention, flops.InputGradient);
    }

    [Fact]
    public void A_frozen_block_above_a_trainable_one_costs_input_gradients_only()
    {
        using var model = Model(2, 8, 16, 2);
        var adapters = Lora(model);
        var both = FlopCounter.Step(model, Small);
        Freeze(adapters, 1);
        var upperFrozen = FlopCounter.Step(model, Small);

        Assert.Equal(both.InputGradient, upperFrozen.InputGradient);
        Assert.Equal(4 * 2L * 15 * 8 * 4, both.WeightGradient - upperFrozen.WeightGradient);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lora_s_weight_gradients_are_as_many_products_as_its_forward_pass(bool fused)
    {
        using var model = Model(2, 8, 16, 2);
        var adapters = Lora(model);
        model.Use(fused ? KernelOptions.All : KernelOptions.Composed);
        // A and B of rank 4 beside query and value, 15 tokens; the classifier of two labels, three texts.
        const long block = 2 * (2L * 15 * 8 * 4 + 2L * 15 * 4 * 8), head = 2L * 3 * 8 * 2;
        Assert.Equal(2 * block + head, FlopCounter.Step(model, Small).WeightGradient);
        Freeze(adapters, 0);
        Assert.Equal(block + head, FlopCounter.Step(model, Small).WeightGradient);
    }

    [Fact]
    public void An_adapter_that_is_switched_off_costs_nothing()
    {
        using var model = Model(2, 8, 16, 2);
        var bare = FlopCounter.Step(model, Small).Forward;
        Lora(model).Enabled = false;
        Assert.Equal(bare, FlopCounter.Step(model, Small).Forward);
    }

    [Fact]
    public void Steps_add_up_part_by_part()
    {
        var sum = new Flops(1, 2, 3) + new Flops(10, 20, 30) * 2;
        Assert.Equal(new Flops(21, 42, 63), sum);
        Assert.Equal(126, sum.Total);
    }

    public static TheoryData<string, string> States()
    {
        using var rows = JsonDocument.Parse(File.ReadAllText(Golden.Path("flops/bert_states.json")));
        TheoryData<string, string> data = [];
        foreach (var row in rows.RootElement.EnumerateArray()) data.Add(row.GetProperty("note").GetString()!, row.GetRawText());
        return data;
    }

    // Not loaded: counting needs no values.
    private static Transformer Model(int layers, long hidden, long intermediate, int heads, int labels = 2) =>
        new BertConfig { Layers = layers, HiddenSize = hidden, IntermediateSize = intermediate, Heads = heads }.Build(new HeadOptions(TaskKind.Classification, labels, IsFresh: true));

    private static LoraAdapters Lora(Transformer model) => LoraAdapters.Inject(model, new LoraOptions());

    private static void Freeze(LoraAdapters adapters, int block)
    {
        foreach (var weight in adapters.Unit(block)) weight.Trains = false;
    }

    private static bool Flag(JsonElement element, string name) => element.GetProperty(name).GetInt32() != 0;
}
