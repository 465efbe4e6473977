using System.Text.Json;
using SafeTune.Freezing;
using Xunit.Abstractions;

namespace SafeTune.Tests.Freezing;

public sealed class SafePolicyTests(ITestOutputHelper output)
{
    private static readonly SafeSchedule Plain = new(TauFinal: 0.3, MaxAutoTau: 0.5, FreezeEnd: 1, WarmUpCap: null, Consecutive: 2, RelativeChange: 0.05);

    [Fact]
    public void Decides_as_the_reference_on_every_trace()
    {
        var largest = 0.0;
        var traces = Traces();
        foreach (var trace in traces)
        {
            var policy = new SafePolicy(trace.Scores[0].Length, trace.Schedule);
            for (var t = 0; t < trace.Scores.Length; t++)
            {
                var decision = policy.Observe(trace.Scores[t]);
                largest = Math.Max(largest, Math.Abs(decision.Tau - trace.Tau[t]));
                Assert.Equal(t + 1, decision.Probe);
                Assert.Equal(Enumerable.Range(0, trace.FrozenAt.Length).Where(i => trace.FrozenAt[i] == t + 1), decision.NewlyFrozen);
            }
            Assert.Equal(trace.WarmUpEnd, policy.WarmUpEnd);
            Assert.Equal(trace.FrozenAt, policy.FrozenAt);
        }
        output.WriteLine($"max difference of tau {largest:R} in {traces.Count} traces");
        Assert.True(largest <= 1e-15);
    }

    [Fact]
    public void Auto_tau_is_the_median_at_the_end_of_the_warm_up()
    {
        var policy = new SafePolicy(6, Plain with { TauFinal = null, Consecutive = 1 });
        policy.Observe([0.5, 0.005, 0.016, 0.23, 0.055, 0.91]);
        var decision = policy.Observe([0.5, 0.005, 0.016, 0.23, 0.055, 0.91]);

        Assert.Equal((0.055 + 0.23) / 2, decision.Tau, 15);
        Assert.Equal([1, 2, 4], decision.NewlyFrozen);
    }

    [Fact]
    public void Auto_tau_stays_at_its_limit_when_all_blocks_changed_much()
    {
        var policy = new SafePolicy(2, Plain with { TauFinal = null, Consecutive = 1 });
        policy.Observe([0.8, 0.9]);
        Assert.Equal(0.5, policy.Observe([0.8, 0.9]).Tau);
    }

    [Fact]
    public void A_frozen_block_stays_frozen_when_its_score_rises()
    {
        var policy = new SafePolicy(2, Plain);
        foreach (var _ in Enumerable.Range(0, 3)) policy.Observe([0.1, 0.9]);
        Assert.Empty(policy.Observe([0.9, 0.9]).NewlyFrozen);
        Assert.Equal([3, null], policy.FrozenAt);
    }

    [Fact]
    public void A_change_above_the_limit_starts_the_count_again()
    {
        var policy = new SafePolicy(1, Plain);
        foreach (var score in new[] { 1.0, 1.04, 1.2, 1.21, 1.21 }) policy.Observe([score]);
        Assert.Equal(5, policy.WarmUpEnd);
    }

    [Fact]
    public void A_score_that_is_rounding_noise_counts_as_settled()
    {
        var policy = new SafePolicy(2, Plain);
        foreach (var noise in new[] { 0, 3e-16, -2e-16 }) policy.Observe([noise, 0.4]);
        Assert.Equal(3, policy.WarmUpEnd);
        Assert.Equal([3, null], policy.FrozenAt);
    }

    [Fact]
    public void A_score_that_is_not_finite_is_refused_and_nothing_changes()
    {
        var policy = new SafePolicy(2, Plain);
        policy.Observe([0.1, 0.2]);
        Assert.Contains("block 1 at probe 2", Assert.Throws<NotFiniteNumberException>(() => policy.Observe([0.1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Equal(1, policy.Probes);
    }

    [Fact]
    public void A_wrong_number_of_scores_is_refused() =>
        Assert.Throws<ArgumentException>(() => new SafePolicy(3, Plain).Observe([0.1, 0.2]));

    private static List<Trace> Traces()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Golden.Path("safe/decisions.json")));
        return [.. document.RootElement.EnumerateArray().Select(trace =>
        {
            var expected = trace.GetProperty("expected");
            var schedule = new SafeSchedule(
                trace.GetProperty("tau_T").GetDouble(), 0.5, trace.GetProperty("t_f").GetDouble(), trace.GetProperty("cap").Deserialize<int?>(),
                trace.GetProperty("consecutive").GetInt32(), trace.GetProperty("relative_change").GetDouble());
            return new Trace(
                schedule, trace.GetProperty("scores").Deserialize<double[][]>()!, expected.GetProperty("t_w").Deserialize<int?>(),
                expected.GetProperty("tau").Deserialize<double[]>()!, expected.GetProperty("frozen_at").Deserialize<int?[]>()!);
        })];
    }

    private sealed record Trace(SafeSchedule Schedule, double[][] Scores, int? WarmUpEnd, double[] Tau, int?[] FrozenAt);
}
