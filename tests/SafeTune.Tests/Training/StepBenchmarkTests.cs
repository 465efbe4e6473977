using System.Text.Json;
using SafeTune.Training;
using SafeTune.Tests.Cli;

namespace SafeTune.Tests.Training;

public sealed class StepBenchmarkTests
{
    [Theory]
    // tokens · (2 (4 h² + 2 h f) + 4 s h) · (forward + backward blocks), as the peer counts.
    [InlineData(0, 32L * 128 * ((2 * ((4 * 384 * 384) + (2 * 384 * 1536))) + (4 * 128 * 384)) * (6 + 6))]
    [InlineData(5, 32L * 128 * ((2 * ((4 * 384 * 384) + (2 * 384 * 1536))) + (4 * 128 * 384)) * (6 + 1))]
    public void Operations_are_counted_as_the_peer_counts_them(int prefix, long expected) =>
        Assert.Equal(expected, StepBenchmark.Operations(StepBenchmark.Sizes["mini"], new StepBenchmarkOptions(FreezePrefix: prefix)));

    [Fact]
    public void The_command_prints_one_line_with_the_peers_fields()
    {
        var outcome = CommandLine.Run("bench", "step", "--batch", "2", "--seq", "16", "--steps", "2", "--warmup", "1", "--json");

        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        var line = JsonDocument.Parse(Assert.Single(outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        string[] fields = ["model", "batch", "seq", "freeze_prefix", "torch", "step_s", "min_s", "forward_s", "backward_s", "activation_bytes", "peak_bytes", "gflops", "gemm_peak_gflops"];
        Assert.All(fields, field => Assert.True(line.TryGetProperty(field, out _), field));
    }

    [Fact]
    public void A_longer_frozen_prefix_holds_fewer_activations()
    {
        var options = new StepBenchmarkOptions(Batch: 4, Seq: 32, Steps: 1, Warmup: 0);
        if (StepBenchmark.Run(options).ActivationBytes is not { } whole) return;

        var top = StepBenchmark.Run(options with { FreezePrefix = 5 }).ActivationBytes!.Value;
        var none = StepBenchmark.Run(options with { FreezePrefix = 6 }).ActivationBytes!.Value;

        Assert.InRange(top, 1, whole / 4);
        Assert.InRange(none, 0, top / 4);
    }
}
