using SafeTune.Reproduction;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction;

public sealed class ClaimTests : IDisposable
{
    private static readonly string[] Rows = ["lora", "lora+zhang", "lora+safe"];
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    private static Claim Parse(string text) =>
        ClaimParser.Parse("it holds at {limit}", text, Rows, new Dictionary<string, double> { ["limit"] = 0.8 }, sentence => new UsageException(sentence));

    private static CellResult Cell(string method, string task, int seed, double value, long memory, string status = "ok", string device = "here", double seconds = 10)
    {
        var row = new ResultRow { Table = "demo", Scale = "mini", Method = method, Task = task, Seed = seed, Metric = task == "mrpc" ? "f1" : "matthews", Value = value, Status = status, MemoryAfterBytes = memory, ResidentBytes = 100, FlopsForward = 1, FlopsInputGrad = 2, FlopsWeightGrad = 3 };
        return new CellResult([row], new RunRow { Device = device, TrainSeconds = seconds, ProbeSeconds = 1 }, []);
    }

    private ClaimVerdict Judge(string text, params CellResult[] cells) => ClaimJudge.Judge(Parse(text), ExperimentFile.Load(_shop.Experiment, "mini")[0], cells);

    [Theory]
    [InlineData("safe.value >= 2 + 3 * 4", 14)]
    [InlineData("safe.value >= (2 + 3) * 4", 20)]
    [InlineData("safe.value >= 20 - 6 - 4", 10)]
    [InlineData("safe.value >= 1e2 / 4", 25)]
    [InlineData("safe.value >= -limit", -0.8)]
    public void Arithmetic_has_the_usual_precedence(string text, double right) => Assert.Equal(right, Parse(text).Right.Value(_ => null)!.Value, 12);

    [Theory]
    [InlineData("safe.value", "needs one of")]
    [InlineData("safe.value >= ", "ends where")]
    [InlineData("safe.value >= (1", "not closed")]
    [InlineData("safe.value >= 1 2", "unexpected '2'")]
    [InlineData("safe.valeu >= 1", "Did you mean 'value'?")]
    [InlineData("zang.value >= 1", "Did you mean 'zhang'?")]
    [InlineData("safe.value >= limt", "Did you mean 'limit'?")]
    [InlineData("safe.value >= 1, on avarage", "after the comma")]
    [InlineData("safe.value >= 1 ; 2", "';' does not belong")]
    public void A_mistake_is_explained(string text, string says) =>
        Assert.Contains(says, Assert.Throws<UsageException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Thresholds_are_written_out_in_the_sentence() => Assert.Equal("it holds at 0.8", Parse("safe.value > limit").Sentence);

    [Fact]
    public void In_every_column_one_failing_column_is_enough()
    {
        CellResult[] cells = [Cell("lora", "cola", 1, 50, 100), Cell("lora+safe", "cola", 1, 50, 70), Cell("lora", "mrpc", 1, 80, 100), Cell("lora+safe", "mrpc", 1, 80, 90)];
        ClaimVerdict verdict = Judge("safe.memory_after_bytes <= limit * lora.memory_after_bytes", cells);
        Assert.Equal(ClaimOutcome.Fails, verdict.Outcome);
        Assert.Equal("cola: 70 <= 80 B, margin 12.5 %; mrpc: 90 is not <= 80 B, margin -12.5 %", verdict.Explanation);
        Assert.Equal(ClaimOutcome.Holds, Judge("safe.memory_after_bytes <= limit * lora.memory_after_bytes, on average over columns", cells).Outcome);
    }

    [Theory]
    [InlineData("<=", ClaimOutcome.Holds)]
    [InlineData(">=", ClaimOutcome.Holds)]
    [InlineData("<", ClaimOutcome.Fails)]
    [InlineData(">", ClaimOutcome.Fails)]
    public void Sides_that_differ_by_rounding_alone_are_equal(string sign, ClaimOutcome outcome)
    {
        // In binary 0.3 - 0.1 is less than 0.2.
        ClaimVerdict verdict = Judge($"safe.value {sign} lora.value - 0.1", Cell("lora", "mrpc", 1, 0.3, 1), Cell("lora+safe", "mrpc", 1, 0.2, 1));
        Assert.Equal(outcome, verdict.Outcome);
        Assert.Contains("margin 0;", verdict.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_seeds_that_both_rows_have_are_averaged()
    {
        ClaimVerdict verdict = Judge("safe.value >= lora.value", Cell("lora", "mrpc", 1, 80, 1), Cell("lora", "mrpc", 2, 99, 1), Cell("lora+safe", "mrpc", 1, 81, 1));
        Assert.Equal(ClaimOutcome.Holds, verdict.Outcome);
        Assert.Equal("mrpc: 81 >= 80, margin 1; the other columns have no result", verdict.Explanation);
    }

    [Fact]
    public void Without_a_row_a_claim_cannot_be_judged()
    {
        ClaimVerdict verdict = Judge("safe.value >= lora.value", Cell("lora", "mrpc", 1, 80, 1), Cell("lora+safe", "mrpc", 1, 0, 1, status: "failed"));
        Assert.Equal((ClaimOutcome.CannotBeJudged, "no finished cell of lora+safe"), (verdict.Outcome, verdict.Explanation));
    }

    [Fact]
    public void A_number_that_is_none_cannot_be_judged()
    {
        ClaimVerdict verdict = Judge("safe.value >= lora.value", Cell("lora", "mrpc", 1, 80, 1), Cell("lora+safe", "mrpc", 1, double.NaN, 1));
        Assert.Equal(ClaimOutcome.CannotBeJudged, verdict.Outcome);
        Assert.Equal(ClaimOutcome.CannotBeJudged, Judge("safe.value / (lora.value - lora.value) >= 1", Cell("lora", "mrpc", 1, 80, 1), Cell("lora+safe", "mrpc", 1, 80, 1)).Outcome);
    }

    [Fact]
    public void A_report_made_again_ends_with_1_only_when_claims_are_strict()
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace("thresholds: { share: 0.8 }", "thresholds: { share: 0.1 }", StringComparison.Ordinal));
        _shop.Run();
        ReportModel report = Report.Write(_shop.Root, "mini");
        Assert.Equal((0, 1, 0), (Reproduce.Judge(report, strict: false, _shop.Output), Reproduce.Judge(report, strict: true, _shop.Output), Reproduce.Judge(report, strict: true, _shop.Output, ["other"])));
    }

    [Fact]
    public void Published_memory_is_held_against_resident_and_after() =>
        Assert.Equal("mrpc: 150 > 140 B, margin 7.14 %; the other columns have no result", Judge("safe.memory_bytes > lora.memory_bytes", Cell("lora", "mrpc", 1, 0, 40), Cell("lora+safe", "mrpc", 1, 0, 50)).Explanation);

    [Fact]
    public void Large_bytes_are_written_in_megabytes_and_small_scores_with_all_their_digits()
    {
        Assert.StartsWith("mrpc: 2.5 is not < 2 MB, margin -25 %", Judge("safe.memory_bytes < lora.memory_bytes", Cell("lora", "mrpc", 1, 0, 1_999_900), Cell("lora+safe", "mrpc", 1, 0, 2_499_900)).Explanation, StringComparison.Ordinal);
        Assert.StartsWith("mrpc: 80 is not >= 80.0012, margin -0.0012", Judge("safe.value >= lora.value", Cell("lora", "mrpc", 1, 80.0012, 1), Cell("lora+safe", "mrpc", 1, 80, 1)).Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_is_the_sum_of_its_three_parts() =>
        Assert.StartsWith("mrpc: 6 >= 6", Judge("safe.flops >= lora.flops", Cell("lora", "mrpc", 1, 0, 1), Cell("lora+safe", "mrpc", 1, 0, 1)).Explanation, StringComparison.Ordinal);

    [Fact]
    public void Times_of_two_machines_are_not_compared()
    {
        CellResult lora = Cell("lora", "mrpc", 1, 80, 1, seconds: 20);
        Assert.Equal(ClaimOutcome.Holds, Judge("safe.seconds <= lora.seconds", lora, Cell("lora+safe", "mrpc", 1, 80, 1)).Outcome);
        Assert.Equal(ClaimOutcome.CannotBeJudged, Judge("safe.seconds <= lora.seconds", lora, Cell("lora+safe", "mrpc", 1, 80, 1, device: "there")).Outcome);
    }

    [Fact]
    public void A_claim_that_fails_ends_with_1_only_when_claims_are_strict()
    {
        _shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace("thresholds: { share: 0.8 }", "thresholds: { share: 0.1 }", StringComparison.Ordinal));
        Assert.Equal(0, _shop.Run());
        Assert.Equal(1, _shop.Run(_shop.Select with { StrictClaims = true }));
        Assert.Contains("claim does not hold: demo: SAFE needs at most 0.1 of LoRA's memory", _shop.Output.ToString(), StringComparison.Ordinal);
    }
}
