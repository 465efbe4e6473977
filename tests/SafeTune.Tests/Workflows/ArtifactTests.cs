using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>Artifacts that the author of a pull request could have made to do harm.</summary>
public sealed class ArtifactTests : IDisposable
{
    private readonly PullRequestRun _run = new();

    public void Dispose() => _run.Dispose();

    [ToolTheory("jq", "unzip")]
    [InlineData("not base/NAME.csv", "../build.sh")]
    [InlineData("not base/NAME.csv", "base/../../build.sh")]
    [InlineData("not base/NAME.csv", "/etc/passwd")]
    [InlineData("not base/NAME.csv", "base/..")]
    [InlineData("not base/NAME.csv", "base/table1.csv\n/etc/passwd")]
    [InlineData("not base/NAME.csv", "base/$(touch x).csv")]
    [InlineData("not base/NAME.csv", "base/*.csv")]
    [InlineData("not base/NAME.csv", "base/.csv")]
    [InlineData("not base/NAME.csv", "head/build.sh")]
    [InlineData("not base/NAME.csv", "base/deeper/table1.csv")]
    [InlineData("file twice", "base/table1.csv")]
    public void An_artifact_with_a_tricky_name_is_refused_whole(string why, string name) =>
        Refused(why, ("base/table1.csv", "a"), ("head/table1.csv", "c"), (name, "x"));

    [ToolFact("jq", "unzip")]
    public void An_artifact_without_files_is_refused() => Refused("empty or no zip file");

    [ToolFact("jq", "unzip")]
    public void An_artifact_with_one_side_only_is_refused() => Refused("no results in head/", ("base/table1.csv", "a"), ("head/", ""));

    [ToolFact("jq", "unzip")]
    public void An_artifact_with_many_files_is_refused() => Refused("21 files", [.. Enumerable.Range(0, 21).Select(number => ($"base/t{number}.csv", "a"))]);

    [ToolFact("jq", "unzip")]
    public void A_file_that_swells_is_refused() => Refused("base/table1.csv has more than", ("base/table1.csv", new string('0', 6_000_000)), ("head/table1.csv", "c"));

    [ToolFact("jq", "unzip")]
    public void An_artifact_that_is_no_zip_is_refused()
    {
        _run.Artifact("<html>"u8.ToArray(), 6);
        RefusedAsItIs("empty or no zip file");
    }

    [ToolFact("jq", "unzip")]
    public void An_artifact_that_is_too_large_is_not_even_fetched()
    {
        _run.Artifact([], 50_000_000);
        RefusedAsItIs("50000000 bytes");
        Assert.Single(_run.Runner.Requests);
    }

    [ToolFact("jq", "unzip")]
    public void A_damaged_artifact_is_refused()
    {
        var zip = PullRequestRun.Zip([("base/table1.csv", string.Concat(Enumerable.Range(0, 1000))), ("head/table1.csv", "c")]);
        Array.Fill(zip, (byte)0xff, 60, 20);
        _run.Artifact(zip, zip.Length);
        RefusedAsItIs("damaged");
    }

    [ToolFact("jq", "unzip")]
    public void A_link_is_refused()
    {
        var zip = PullRequestRun.Zip([("base/table1.csv", "/etc/passwd"), ("head/table1.csv", "c")], first => first.ExternalAttributes = unchecked((int)(0xA1FFu << 16)));
        _run.Artifact(zip, zip.Length);
        RefusedAsItIs("something other than plain files");
    }

    [ToolFact("jq", "unzip")]
    public void A_table_with_text_for_GitHub_reaches_only_the_renderer()
    {
        _run.Artifact(("base/table1.csv", "a"), ("head/table1.csv", "<img src=x> @everyone $(touch x) `touch y`"));
        _run.Render();
        Assert.Equal("<img src=x> @everyone $(touch x) `touch y`", File.ReadAllText(Path.Combine(_run.Runner.Workspace, "artifact", "head", "table1.csv")));
        Assert.Equal([".github", "artifact", "build.sh", "comment.md"], Directory.EnumerateFileSystemEntries(_run.Runner.Workspace).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private void Refused(string why, params (string Name, string Text)[] entries)
    {
        _run.Artifact(entries);
        RefusedAsItIs(why);
    }

    private void RefusedAsItIs(string why)
    {
        var job = _run.Runner.Run("regression-comment", "render");
        Assert.False(job.Succeeded);
        Assert.Contains("::error::The artifact is refused: ", job.Output, StringComparison.Ordinal);
        Assert.Contains(why, job.Output, StringComparison.Ordinal);
        Assert.Equal("", job.Outputs["found"]);
        Assert.False(Directory.Exists(Path.Combine(_run.Runner.Artifacts, "comment")));
    }
}
