using System.Text.Json;
using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>The workflow that posts what a pull request's run measured.</summary>
public sealed class CommentTests : IDisposable
{
    private const string Pulls = "GET repos/us/safetune/pulls", Comments = "repos/us/safetune/issues/7/comments", Marker = "<!-- safetune-regression -->";

    private readonly PullRequestRun _run = new();

    public CommentTests() => _run.Runner.Answer(Pulls, """
        [{"number": 6, "head": {"sha": "older", "repo": {"full_name": "them/safetune"}}},
         {"number": 5, "head": {"sha": "abc", "repo": null}},
         {"number": 7, "head": {"sha": "abc", "repo": {"full_name": "them/safetune"}}}]
        """);

    public void Dispose() => _run.Dispose();

    [ToolFact("jq", "unzip")]
    public void Results_become_a_comment_on_the_pull_request_of_the_runs_head()
    {
        _run.Artifact(("base/table1.csv", "a"), ("base/table1.runs.csv", "b"), ("head/table1.csv", "c"));
        _run.Runner.Answer($"GET {Comments}?per_page=100", "[]");
        _run.Runner.Answer($"POST {Comments}", """{"html_url": "https://github.com/us/safetune/pull/7#1"}""");
        Assert.Equal("true", _run.Render());
        var job = Post();
        Assert.True(job.Succeeded, job.Output);
        Assert.Contains(Pulls + " state=open base=main head=them:patch&state=all", _run.Runner.Requests);
        Assert.Equal($"POST {Comments}", _run.Runner.Requests[^1]);
        Assert.Equal($"{Marker}\n--target=Regression --baseline=artifact/base --candidate=artifact/head --output=comment.md\nc\n", Body());
    }

    [ToolFact("jq", "unzip")]
    public void The_second_time_the_comment_is_updated_and_nobody_elses()
    {
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "c"));
        // Two pages, as gh prints them. The marker is easily copied.
        _run.Runner.Answer($"GET {Comments}?per_page=100", JsonSerializer.Serialize(new[] { Comment(1, "mallory", Marker), Comment(2, "github-actions[bot]", "of another workflow") })
            + JsonSerializer.Serialize(new[] { Comment(3, "github-actions[bot]", $"{Marker}\nbefore"), Comment(4, "mallory", Marker) }));
        _run.Runner.Answer("PATCH repos/us/safetune/issues/comments/3", """{"html_url": "https://github.com/us/safetune/pull/7#3"}""");
        _run.Render();
        var job = Post();
        Assert.True(job.Succeeded, job.Output);
        Assert.Equal("PATCH repos/us/safetune/issues/comments/3", _run.Runner.Requests[^1]);
    }

    [ToolFact("jq", "unzip")]
    public void A_regression_is_posted_too()
    {
        _run.Builds(3);
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "c"));
        Assert.Equal("true", _run.Render());
    }

    [ToolFact("jq", "unzip")]
    public void What_the_renderer_refuses_is_not_posted()
    {
        _run.Builds(2);
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "c"));
        Assert.False(_run.Runner.Run("regression-comment", "render").Succeeded);
        Assert.False(Directory.Exists(Path.Combine(_run.Runner.Artifacts, "comment")));
    }

    [ToolFact("jq", "unzip")]
    public void A_pull_request_that_has_moved_on_gets_no_comment()
    {
        _run.Runner.Values["github.event.workflow_run.head_sha"] = "forgotten";
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "c"));
        _run.Render();
        var job = Post();
        Assert.True(job.Succeeded);
        Assert.Contains("has forgotten as its head any more", job.Output, StringComparison.Ordinal);
        Assert.Equal("", _run.Runner.Sent);
    }

    [ToolFact("jq", "unzip")]
    public void A_comment_that_GitHub_would_not_take_is_refused()
    {
        _run.Runner.Program("build.sh", "#!/usr/bin/env bash\nhead -c 70000 /dev/zero | tr '\\0' x > comment.md\n");
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "c"));
        _run.Render();
        var job = Post();
        Assert.False(job.Succeeded);
        Assert.Contains("too long", job.Output, StringComparison.Ordinal);
    }

    [ToolFact("jq", "unzip")]
    public void A_run_without_an_artifact_is_no_error()
    {
        _run.Runner.Answer("GET repos/us/safetune/actions/runs/42/artifacts?name=regression", """{"artifacts": [{"id": 9, "size_in_bytes": 1, "expired": true}]}""");
        var job = _run.Runner.Run("regression-comment", "render");
        Assert.True(job.Succeeded);
        Assert.Equal("false", job.Outputs["found"]);
        Assert.Contains("left no artifact 'regression'", job.Output, StringComparison.Ordinal);
    }

    private JobResult Post() => _run.Runner.Run("regression-comment", "post");

    private string Body() => JsonDocument.Parse(_run.Runner.Sent).RootElement.GetProperty("body").GetString()!;

    private static object Comment(int id, string login, string body) => new { id, user = new { login }, body };
}
