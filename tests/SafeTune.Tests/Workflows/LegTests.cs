using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>One machine's part of a scheduled reproduction.</summary>
public sealed class LegTests : IDisposable
{
    private readonly ScheduledRun _run = new();

    public void Dispose() => _run.Dispose();

    [ToolFact("jq", "git")]
    public void A_leg_leaves_its_tables_and_finished_cells_alone()
    {
        Assert.True(_run.Runner.Run("reproduce", "measure").Succeeded);
        Assert.Equal(["--target=Table1 --scale=paper --shard=1/2"], _run.Asked);
        Assert.Equal(["results/paper-h100/table1.csv", "runs/new/row.csv"], Left());
    }

    [ToolFact("jq", "git")]
    public void A_leg_that_fails_leaves_its_rows_all_the_same()
    {
        _run.Ends("LEG", 130);
        Assert.False(_run.Runner.Run("reproduce", "measure").Succeeded);
        Assert.Equal(["results/paper-h100/table1.csv", "runs/new/row.csv"], Left());
    }

    [ToolFact("jq", "git")]
    public void A_cell_that_failed_is_a_row_and_no_failed_leg()
    {
        _run.Ends("LEG", 1);
        Assert.True(_run.Runner.Run("reproduce", "measure").Succeeded);
    }

    [ToolFact("jq", "git")]
    public void A_leg_that_goes_on_has_the_earlier_cells()
    {
        _run.Runner.Values["matrix.resume"] = "90";
        Directory.CreateDirectory(Path.Combine(_run.Runner.Artifacts, "rows-paper-Table1-1-of-2", "runs", "old"));
        File.WriteAllText(Path.Combine(_run.Runner.Artifacts, "rows-paper-Table1-1-of-2", "runs", "old", "row.csv"), "earlier");
        Assert.True(_run.Runner.Run("reproduce", "measure").Succeeded);
        Assert.Equal("earlier", File.ReadAllText(Path.Combine(_run.Runner.Workspace, "artifacts", "runs", "old", "row.csv")));
        Assert.Contains("runs/old/row.csv", Left());
    }

    [ToolFact("jq", "git")]
    public void A_second_attempt_without_earlier_rows_starts_anew()
    {
        _run.Runner.Values["github.run_attempt"] = "2";
        Assert.True(_run.Runner.Run("reproduce", "measure").Succeeded);
    }

    [ToolFact("jq", "git")]
    public void Without_a_GPU_nothing_is_measured()
    {
        _run.Runner.Program("../bin/nvidia-smi", "#!/usr/bin/env bash\nexit 9\n");
        Assert.False(_run.Runner.Run("reproduce", "measure").Succeeded);
        Assert.Empty(_run.Asked);
    }

    private string[] Left()
    {
        var rows = Path.Combine(_run.Runner.Artifacts, "rows-paper-Table1-1-of-2");
        return [.. Directory.EnumerateFiles(rows, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(rows, file)).Order(StringComparer.Ordinal)];
    }
}
