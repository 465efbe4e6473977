using System.Text.Json;
using SafeTune.Measurement;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class FlopCounterTests(ITestOutputHelper output)
{
    private static readonly BlockState Trains = new(true, true, false);
    private static readonly BlockState Frozen = new(true, false, false);

    [Fact]
    public void Lora_with_frozen_prefixes_counts_as_FlopCounterMode()
    {
        using var rows = JsonDocument.Parse(File.ReadAllText(Golden.Path("flops/bert_lora.json")));
        var largest = 0L;
        foreach (var row in rows.RootElement.EnumerateArray())
        {
            long Of(string name) => row.GetProperty(name).GetInt64();
            var layers = (int)Of("layers");
            var shape = new TransformerShape(layers, Of("hidden"), Of("ffn"), (int)Of("heads"), 2, 4, ["query", "value"], Pooler: true);
            var blocks = Enumerable.Range(0, layers).Select(i => i < Of("frozen_prefix") ? Frozen : Trains).ToList();

            var flops = FlopCounter.Step(shape, blocks, embeddingsTrain: false, poolerTrains: false, Of("batch"), Of("seq"));

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
        List<BlockState> blocks = [.. row.GetProperty("blocks").EnumerateArray().Select(b =>
            new BlockState(Flag(b, "adapter"), Flag(b, "trains"), Flag(b, "weights")))];
        var shape = new TransformerShape(blocks.Count, Of("hidden"), Of("ffn"), (int)Of("heads"), Of("labels"), (int)Of("rank"),
            [.. row.GetProperty("targets").EnumerateArray().Select(t => t.GetString()!)], Flag(row, "pooler"));

        var flops = FlopCounter.Step(shape, blocks, Flag(row, "embeddings_train"), Flag(row, "pooler_trains"), Of("batch"), Of("seq"));

        output.WriteLine($"{note}: forward {flops.Forward}, input gradients {flops.InputGradient}, weight gradients {flops.WeightGradient}");
        Assert.Equal((Of("forward"), Of("backward")), (flops.Forward, flops.Backward));
    }

    [Fact]
    public void Full_fine_tuning_computes_a_weight_gradient_for_every_projection()
    {
        var shape = new TransformerShape(2, 8, 16, 2, 2, 0, [], Pooler: true);
        var flops = FlopCounter.Step(shape, [new(false, false, true), new(false, false, true)], true, true, batch: 3, sequence: 5);

        var attention = 2L * 2 * 2 * 3 * 5 * 5 * 8;
        Assert.Equal(flops.Forward - attention, flops.WeightGradient);
        Assert.Equal(flops.Forward + attention, flops.InputGradient);
    }

    [Fact]
    public void A_frozen_block_above_a_trainable_one_costs_input_gradients_only()
    {
        var shape = new TransformerShape(2, 8, 16, 2, 2, 4, ["query", "value"], Pooler: true);
        var both = FlopCounter.Step(shape, [Trains, Trains], false, false, 3, 5);
        var upperFrozen = FlopCounter.Step(shape, [Trains, Frozen], false, false, 3, 5);

        Assert.Equal(both.InputGradient, upperFrozen.InputGradient);
        Assert.Equal(4 * 2L * 15 * 8 * 4, both.WeightGradient - upperFrozen.WeightGradient);
    }

    [Fact]
    public void A_block_state_is_wanted_for_every_block()
    {
        var shape = new TransformerShape(2, 8, 16, 2, 2, 4, ["query"], Pooler: true);
        Assert.Contains("Expected 2", Assert.Throws<ArgumentException>(() => FlopCounter.Step(shape, [Trains], false, false, 1, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_target_is_named()
    {
        var shape = new TransformerShape(1, 8, 16, 2, 2, 4, ["q_proj"], Pooler: true);
        Assert.Contains("'q_proj'", Assert.Throws<ArgumentException>(() => FlopCounter.Step(shape, [Trains], false, false, 1, 1)).Message, StringComparison.Ordinal);
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

    private static bool Flag(JsonElement element, string name) => element.GetProperty(name).GetInt32() != 0;
}
