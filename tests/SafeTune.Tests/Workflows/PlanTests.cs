using System.Text.Json;
using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>What a scheduled reproduction is going to run, and from where.</summary>
public sealed class PlanTests : IDisposable
{
    private readonly ScheduledRun _run = new();

    public void Dispose() => _run.Dispose();

    [ToolFact("jq", "git")]
    public void The_plan_is_the_builds_matrix()
    {
        Assert.Equal(["Table1 1/2 rows-paper-Table1-1-of-2 ", "Table1 2/2 rows-paper-Table1-2-of-2 ", "Table2 1/2 rows-paper-Table2-1-of-2 "], Plan());
        Assert.Equal("--target=Matrix --scale=paper --shards=4", _run.Asked[0]);
    }

    [ToolFact("jq", "git")]
    public void By_hand_one_table_with_other_seeds_is_planned()
    {
        _run.Runner.Values["inputs.table"] = "Table2";
        _run.Runner.Values["inputs.seeds"] = "4,5";
        Assert.Equal(["Table2 1/2 rows-paper-Table2-1-of-2 "], Plan());
        Assert.Equal("--target=Matrix --scale=paper --shards=4 --seeds=4,5", _run.Asked[0]);
    }

    [ToolFact("jq", "git")]
    public void An_input_is_never_shell()
    {
        _run.Runner.Values["inputs.seeds"] = "1 --force; touch x; $(touch y)";
        Plan();
        Assert.Equal("--target=Matrix --scale=paper --shards=4 --seeds=1 --force; touch x; $(touch y)", _run.Asked[0]);
        Assert.False(File.Exists(Path.Combine(_run.Runner.Workspace, "x")) || File.Exists(Path.Combine(_run.Runner.Workspace, "y")));
    }

    [ToolFact("jq", "git")]
    public void A_table_without_cells_is_an_error()
    {
        _run.Runner.Values["inputs.table"] = "Table6";
        var job = _run.Runner.Run("reproduce", "plan");
        Assert.False(job.Succeeded);
        Assert.Contains("Table6 has no cells at scale paper", job.Output, StringComparison.Ordinal);
    }

    [ToolFact("jq", "git")]
    public void A_leg_goes_on_from_the_last_run_that_has_its_rows_unless_that_one_finished()
    {
        Earlier((90, "failure", "schedule", "us/safetune", "main", ["rows-paper-Table1-1-of-2"]), (80, "success", "schedule", "us/safetune", "main", ["rows-paper-Table1-1-of-2", "rows-paper-Table1-2-of-2"]),
            (70, "timed_out", "workflow_dispatch", "us/safetune", "main", ["rows-paper-Table1-2-of-2", "rows-paper-Table2-1-of-2"]));
        Assert.Equal(["Table1 1/2 rows-paper-Table1-1-of-2 90", "Table1 2/2 rows-paper-Table1-2-of-2 ", "Table2 1/2 rows-paper-Table2-1-of-2 70"], Plan());
    }

    [ToolFact("jq", "git")]
    public void Rows_of_a_pull_request_or_another_branch_are_never_taken()
    {
        Earlier((90, "failure", "pull_request", "them/safetune", "main", ["rows-paper-Table1-1-of-2"]), (80, "failure", "schedule", "them/safetune", "main", ["rows-paper-Table1-1-of-2"]),
            (70, "failure", "workflow_dispatch", "us/safetune", "patch", ["rows-paper-Table1-1-of-2"]));
        Assert.All(Plan(), leg => Assert.EndsWith(" ", leg, StringComparison.Ordinal));
    }

    private IEnumerable<string> Plan()
    {
        var job = _run.Runner.Run("reproduce", "plan");
        Assert.True(job.Succeeded, job.Output);
        return JsonDocument.Parse(job.Outputs["matrix"]).RootElement.GetProperty("include").EnumerateArray()
            .Select(leg => string.Join(' ', new[] { "target", "shard", "rows", "resume" }.Select(name => leg.GetProperty(name).GetString()))).ToArray();
    }

    private void Earlier(params (int Id, string Conclusion, string Event, string Repository, string Branch, string[] Artifacts)[] runs)
    {
        _run.Runner.Answer(ScheduledRun.Runs, JsonSerializer.Serialize(new
        {
            workflow_runs = runs.Select(run => new Dictionary<string, object>
            {
                ["id"] = run.Id, ["conclusion"] = run.Conclusion, ["event"] = run.Event, ["head_branch"] = run.Branch, ["head_repository"] = new { full_name = run.Repository },
            }),
        }));
        foreach (var run in runs)
            _run.Runner.Answer($"GET repos/us/safetune/actions/runs/{run.Id}/artifacts?per_page=100", JsonSerializer.Serialize(new { artifacts = run.Artifacts.Select(name => new { name, expired = false }) }));
    }
}
