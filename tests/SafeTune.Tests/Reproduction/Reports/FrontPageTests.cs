using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Reports.Sections;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Reports;

public sealed class FrontPageTests
{
    private static readonly SafeOutcome Outcome = new(["lora"], ["mrpc", "cola"], 84.2, 84.5, LessIsBetter: false, 0.55, 0.8, 0.9, 1.05);

    private static TableReport Table(SafeOutcome? safe, params ClaimVerdict[] claims) => new()
    {
        Table = "table1", Title = "Table 1: language", Model = "small", PaperModel = "big", Comparable = false, Evaluation = "the whole dev set", Custom = null, Ok = 4,
        Missing = [new MissingCell(new CellKey("table1", "mini", "small", "lora+meft", "cola", 1), ResultRow.Failed, "out of memory")],
        NotRun = [], Scores = [], Metrics = [], Costs = [], PublishedCostsOf = null, Ratios = [], Claims = claims, References = [], ReferenceBy = null, Patterns = [],
        Environments = [], Notes = [], Bands = [], NotReproducible = [], Remarks = [], Columns = 8, Safe = safe, CellCosts = [Cost("2026-11-24", 60), Cost("2026-11-26", 120)],
    };

    private static CellCost Cost(string day, double seconds) => new(
        new CellKey("table1", "mini", "small", "lora", "mrpc", 1), ResultRow.Ok, seconds, 0, 0, null, null, null, null,
        new RunRow { Device = "a processor; 2 threads", Torch = "1.13.0", Dotnet = "10.0.1", StartedUtc = day + "T10:00:00Z" });

    private static ClaimVerdict Claim(ClaimOutcome outcome, string explanation = "1 <= 2, margin 1") => new("SAFE is small", "safe.x <= lora.x", outcome, explanation);

    private static string Page(TableReport table) => MarkdownReport.Render([.. FrontPage.Of(new ReportModel("mini", [table]))]);

    [Fact]
    public void The_answer_has_the_figures_of_what_SAFE_saves_and_costs() => Assert.Equal(
        "**Does SAFE hold here? In part: of Table 1's 2 judged claims 1 holds.** Against LoRA, over 2 of 8 tasks (mrpc, cola):\n\n"
        + "- **Saves:** 45 % less memory above the weights once it has frozen, 20 % less memory on average over the training, 10 % less compute.\n"
        + "- **Costs:** 5 % more time, a mean score 0.30 points lower (84.20 against 84.50).",
        FrontPage.Answer(new ReportModel("mini", [Table(Outcome, Claim(ClaimOutcome.Holds), Claim(ClaimOutcome.Fails), Claim(ClaimOutcome.CannotBeJudged))])));

    [Theory]
    [InlineData(0.30, 0.55, 1.0, "70 % less memory", "45 % less memory on average", "**Stays:** as much compute")]
    [InlineData(1.40, 1.10, 1.2, "40 % more memory", "10 % more memory on average", "20 % more compute")]
    public void Other_figures_give_another_answer(double after, double mean, double flops, params string[] parts)
    {
        string answer = FrontPage.Answer(new ReportModel("mini", [Table(Outcome with { MemoryAfter = after, MemoryMean = mean, Flops = flops }, Claim(ClaimOutcome.Holds))]));
        Assert.All(parts, part => Assert.Contains(part, answer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(85.0, "compute, a mean score 0.50 points higher (85.00 against 84.50)")]
    [InlineData(84.5, "**Stays:** the same mean score (84.50 against 84.50)")]
    public void A_score_may_rise_or_stay(double score, string says) =>
        Assert.Contains(says, FrontPage.Answer(new ReportModel("mini", [Table(Outcome with { Score = score })])), StringComparison.Ordinal);

    [Fact]
    public void An_error_says_which_way_it_is_better() =>
        Assert.Contains("against 84.50; the lower, the better)", FrontPage.Answer(new ReportModel("mini", [Table(Outcome with { LessIsBetter = true })])), StringComparison.Ordinal);

    [Theory]
    [InlineData(ClaimOutcome.Holds, "Yes: of Table 1's 1 judged claim 1 holds")]
    [InlineData(ClaimOutcome.Fails, "No: of Table 1's 1 judged claim 0 hold")]
    [InlineData(ClaimOutcome.CannotBeJudged, "Not judged: no claim of Table 1 can be judged")]
    public void The_claims_decide_the_first_word(ClaimOutcome outcome, string says) =>
        Assert.Contains(says, FrontPage.Answer(new ReportModel("mini", [Table(Outcome, Claim(outcome))])), StringComparison.Ordinal);

    [Fact]
    public void What_was_not_measured_is_not_said()
    {
        string answer = FrontPage.Answer(new ReportModel("mini", [Table(Outcome with { MemoryAfter = null, MemoryMean = null, Seconds = null, Score = null })]));
        Assert.EndsWith("(mrpc, cola):\n\n- **Saves:** 10 % less compute.", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_common_result_nothing_is_claimed() => Assert.Contains("Not judged yet", FrontPage.Answer(new ReportModel("mini", [Table(null)])), StringComparison.Ordinal);

    [Fact]
    public void A_claim_that_fails_stands_there_with_the_columns_in_which_it_does()
    {
        string page = Page(Table(Outcome, Claim(ClaimOutcome.Holds), Claim(ClaimOutcome.Fails, "cola: 1 <= 2, margin 1; mrpc: 3 is not <= 2, margin -1")));
        Assert.Contains("- [Table 1](#table-1-language): SAFE is small: mrpc: 3 is not <= 2, margin -1\n", page, StringComparison.Ordinal);
        Assert.Contains("| [Table 1](#table-1-language) | 4 ok, **1 failed** | not verified | **1 of 2** hold | −0.30 | × 0.55 | × 0.80 | × 0.90 | × 1.05 |", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the same", Verdict.Same, Verdict.Same)]
    [InlineData("in band", Verdict.Same, Verdict.InBand)]
    [InlineData("**1 missing, 1 worse**", Verdict.Same, Verdict.Worse, Verdict.Missing)]
    public void A_table_says_how_it_stands_against_the_verified_results(string says, params Verdict[] verdicts) => Assert.Contains($"**1 failed** | {says} |",
        Page(Table(Outcome) with { Held = [.. verdicts.Select(verdict => new Difference(new CellKey("table1", "mini", "small", "lora", "mrpc", 1), "f1", 1, 1, verdict))] }), StringComparison.Ordinal);

    [Fact]
    public void It_says_what_ran_where_and_when() => Assert.Contains(
        "**What ran:** 2 cells of 1 table, all of them ok, from 2026-11-24 to 2026-11-26, 3 min in all, on small. **Where:** a processor; 2 threads; torch 1.13.0; .NET 10.0.1.",
        Page(Table(Outcome)), StringComparison.Ordinal);

    [Fact]
    public void A_cell_that_two_tables_share_was_trained_once()
    {
        TableReport one = Table(Outcome), other = one with { Table = "table6", Title = "Table 6: adapters" };
        Assert.Contains("**What ran:** 4 cells of 2 tables, all of them ok, from 2026-11-24 to 2026-11-26, 3 min in all",
            MarkdownReport.Render([.. FrontPage.Of(new ReportModel("mini", [one, other]))]), StringComparison.Ordinal);
    }
}
