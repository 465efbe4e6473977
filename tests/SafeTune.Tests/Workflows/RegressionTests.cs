using SafeTune.Tests.Build;
using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>The workflow that measures a pull request and what it branched off.</summary>
public sealed class RegressionTests : IDisposable
{
    // Leaves what it was asked, in what state, and a table that says which commit it is of.
    private const string Build = """
        #!/usr/bin/env bash
        echo "$(basename "$PWD"): $*" >> ../asked
        git diff --quiet || echo "uncommitted changes" >> ../asked
        case $* in
            --target=Table1*) mkdir -p results/smoke; for file in table1 table1.runs table1.layers; do cat change > results/smoke/$file.csv; done; exit "${CELLS:-0}" ;;
            --target=Regression*) echo "verdict" > ../comment.md; exit "${VERDICT:-0}" ;;
        esac
        """;

    private readonly Runner _runner = new();

    public RegressionTests()
    {
        _runner.Put("head/results/smoke/table1.csv", "committed");
        _runner.Put("head/results/smoke/table9.csv", "committed");
        _runner.Put("head/results/smoke/table1.bands.csv", "bands");
        _runner.Program("head/build.sh", Build);
        Git("init", "-q", "-b", "main");
        Commit("base");
        Commit("side");
        _runner.Values["github.event.pull_request.head.sha"] = "checked out already";
        // The base branch went on after the pull request branched off.
        Git("checkout", "-q", "-b", "newer", "HEAD^");
        Commit("newer");
        _runner.Values["github.event.pull_request.base.sha"] = Git("rev-parse", "HEAD").Trim();
        Git("checkout", "-q", "main");
    }

    public void Dispose() => _runner.Dispose();

    [ToolFact("git")]
    public void Base_and_head_are_measured_in_turn_and_compared()
    {
        var job = _runner.Run("regression", "measure");
        Assert.True(job.Succeeded, job.Output);
        Assert.Equal("base", Artifact("base/table1.csv"));
        Assert.Equal("side", Artifact("head/table1.runs.csv"));
        Assert.Equal("bands", Artifact("base/table1.bands.csv"));
        Assert.False(File.Exists(Path.Combine(_runner.Artifacts, "regression", "head", "table9.csv")));
        Assert.Equal(
        [
            "base: --target=Table1 --columns=cola,mrpc,rte,stsb", "head: --target=Table1 --columns=cola,mrpc,rte,stsb",
            "base: --target=Regression --baseline=../artifact/base --candidate=../artifact/head --output=../comment.md",
        ], File.ReadAllLines(Path.Combine(_runner.Workspace, "asked")));
        Assert.Equal("verdict\n", _runner.Summary);
    }

    [ToolFact("git")]
    public void A_regression_fails_the_check_and_is_in_the_summary()
    {
        _runner.Program("head/build.sh", Build.Replace("VERDICT:-0", "VERDICT:-3", StringComparison.Ordinal));
        Git("commit", "-qam", "base", "--amend");
        _runner.Values["github.event.pull_request.base.sha"] = Git("rev-parse", "HEAD").Trim();
        Assert.False(_runner.Run("regression", "measure").Succeeded);
        Assert.Equal("verdict\n", _runner.Summary);
        Assert.True(Directory.Exists(Path.Combine(_runner.Artifacts, "regression")));
    }

    [ToolTheory("git")]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_failed_cell_does_not_end_the_comparison_but_a_failed_build_does(int code, bool compared)
    {
        _runner.Program("head/build.sh", Build.Replace("CELLS:-0", $"CELLS:-{code}", StringComparison.Ordinal));
        Git("commit", "-qam", "base", "--amend");
        _runner.Values["github.event.pull_request.base.sha"] = Git("rev-parse", "HEAD").Trim();
        Assert.Equal(compared, _runner.Run("regression", "measure").Succeeded);
        Assert.Equal(compared, Directory.Exists(Path.Combine(_runner.Artifacts, "regression")));
    }

    private string Artifact(string file) => File.ReadAllText(Path.Combine(_runner.Artifacts, "regression", file)).Trim();

    private void Commit(string change)
    {
        _runner.Put("head/change", change);
        Git("add", "-A");
        Git("commit", "-qm", change);
    }

    private string Git(params string[] arguments)
    {
        var run = Command.Run("git", ["-c", "user.name=test", "-c", "user.email=test@localhost", .. arguments], Path.Combine(_runner.Workspace, "head"));
        Assert.True(run.Code == 0, run.Output);
        return run.Output;
    }
}
