using System.Text.Json;
using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>What comes of a scheduled reproduction: tables, a verdict, an issue.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly ScheduledRun _run = new();

    public void Dispose() => _run.Dispose();

    [ToolFact("jq", "git")]
    public void The_legs_are_united_held_and_rendered()
    {
        Measured();
        Assert.Equal("false", Merge());
        Assert.Equal(["--target=All --scale=paper --merge=legs/rows-paper-Table1-1-of-2,legs/rows-paper-Table2-1-of-2", "--target=Verify --scale=paper-h100", "--target=Report --scale=paper-h100 --strict-claims"], _run.Asked[2..]);
        Assert.Equal("# Report\n", _run.Runner.Summary);
        Assert.Equal("united\n", File.ReadAllText(Path.Combine(_run.Runner.Artifacts, "results", "paper-h100", "table1.csv")));
    }

    [ToolFact("jq", "git")]
    public void What_does_not_hold_opens_an_issue_and_updates_it_from_then_on()
    {
        Measured();
        _run.Ends("HELD", 1);
        Assert.Equal("true", Merge());

        const string open = "GET repos/us/safetune/issues?state=open&per_page=100";
        _run.Runner.Answer(open, """[{"number": 3, "user": {"login": "mallory"}, "body": "<!-- safetune-reproduction -->"}, {"number": 4, "user": {"login": "github-actions[bot]"}, "body": null}]""");
        _run.Runner.Answer("POST repos/us/safetune/issues", """{"html_url": "https://github.com/us/safetune/issues/5"}""");
        Assert.True(_run.Runner.Run("reproduce", "issue").Succeeded);
        Assert.Equal("POST repos/us/safetune/issues", _run.Runner.Requests[^1]);
        var issue = JsonDocument.Parse(_run.Runner.Sent).RootElement;
        Assert.Equal("The scheduled reproduction does not hold", issue.GetProperty("title").GetString());
        Assert.StartsWith("<!-- safetune-reproduction -->\nA band or a claim does not hold in [this run](https://github.com/us/safetune/actions/runs/77), at commit 0123abc.", issue.GetProperty("body").GetString(), StringComparison.Ordinal);
        Assert.Contains("table1: score out of its band", issue.GetProperty("body").GetString(), StringComparison.Ordinal);

        _run.Runner.Answer(open, """[{"number": 5, "user": {"login": "github-actions[bot]"}, "body": "<!-- safetune-reproduction -->\nbefore"}]""");
        _run.Runner.Answer("PATCH repos/us/safetune/issues/5", """{"html_url": "https://github.com/us/safetune/issues/5"}""");
        Assert.True(_run.Runner.Run("reproduce", "issue").Succeeded);
        Assert.Equal("PATCH repos/us/safetune/issues/5", _run.Runner.Requests[^1]);
    }

    [ToolFact("jq", "git")]
    public void A_claim_that_fails_is_in_the_issue_and_the_report_there_all_the_same()
    {
        Measured();
        _run.Ends("CLAIM", 1);
        Assert.Equal("true", Merge());
        var issue = File.ReadAllText(Path.Combine(_run.Runner.Artifacts, "results", "issue.md"));
        Assert.Contains("claim does not hold", issue, StringComparison.Ordinal);
        Assert.DoesNotContain("out of its band", issue, StringComparison.Ordinal);
        Assert.Equal("# Report\n", _run.Runner.Summary);
    }

    [ToolFact("jq", "git")]
    public void Results_that_cannot_be_read_are_an_error_and_no_issue()
    {
        Measured();
        _run.Ends("HELD", 2);
        var job = _run.Runner.Run("reproduce", "merge");
        Assert.False(job.Succeeded);
        Assert.Contains("--target=Verify ended with 2", job.Output, StringComparison.Ordinal);
        Assert.Equal("", job.Outputs["broken"]);
    }

    [ToolFact("jq", "git")]
    public void An_unfinished_run_is_shown_but_not_judged()
    {
        Measured();
        _run.Runner.Values["needs.measure.result"] = "failure";
        _run.Ends("HELD", 1);
        Assert.Equal("false", Merge());
        Assert.Contains("the next run goes on from here", _run.Runner.Summary, StringComparison.Ordinal);
    }

    [ToolFact("jq", "git")]
    public void Without_any_rows_the_merge_says_so()
    {
        var job = _run.Runner.Run("reproduce", "merge");
        Assert.False(job.Succeeded);
        Assert.Contains("No leg left a result", job.Output, StringComparison.Ordinal);
    }

    // Two legs, one after the other in the same checkout.
    private void Measured()
    {
        foreach (var rows in new[] { "rows-paper-Table1-1-of-2", "rows-paper-Table2-1-of-2" })
        {
            _run.Runner.Values["matrix.rows"] = rows;
            Assert.True(_run.Runner.Run("reproduce", "measure").Succeeded);
        }

        // One that was killed before it had a row.
        Directory.CreateDirectory(Path.Combine(_run.Runner.Artifacts, "rows-paper-Table3-1-of-2"));
    }

    private string Merge()
    {
        var job = _run.Runner.Run("reproduce", "merge");
        Assert.True(job.Succeeded, job.Output);
        return job.Outputs["broken"];
    }
}
