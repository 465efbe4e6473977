using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>From a tag to the packages.</summary>
public sealed class ReleaseTests : IDisposable
{
    private readonly Runner _runner = new();

    public ReleaseTests()
    {
        _runner.Values["github.ref_name"] = "v1.2.3";
        _runner.Values["vars.NUGET_USER"] = "us";
        _runner.Values["steps.login.outputs.NUGET_API_KEY"] = "short-lived";
        _runner.Program("../bin/dotnet", """
            #!/usr/bin/env bash
            echo "$*" >> asked
            case $1 in
                msbuild) echo 1.2.3 ;;
                pack) mkdir -p packages; echo package > "packages/$(basename "$2" .csproj).1.2.3.nupkg" ;;
            esac
            """);
    }

    public void Dispose() => _runner.Dispose();

    [Fact]
    public void The_library_leaves_the_choice_of_a_libtorch_open_and_the_tool_brings_one()
    {
        Assert.True(_runner.Run("release", "pack").Succeeded);
        Assert.Contains("pack src/SafeTune/SafeTune.csproj -c Release -p:ContinuousIntegrationBuild=true -o packages", Asked);
        Assert.Contains("pack src/SafeTune.Cli/SafeTune.Cli.csproj -c Release -p:ContinuousIntegrationBuild=true -o packages", Asked);
        Assert.True(_runner.Run("release", "release").Succeeded);
        Assert.Equal("release create v1.2.3 --verify-tag --generate-notes packages/SafeTune.1.2.3.nupkg packages/SafeTune.Cli.1.2.3.nupkg", _runner.Requests[^1]);
    }

    [Fact]
    public void A_tag_that_is_not_the_version_is_refused()
    {
        _runner.Values["github.ref_name"] = "v1.2.4";
        var job = _runner.Run("release", "pack");
        Assert.False(job.Succeeded);
        Assert.Contains("The tag is v1.2.4, and Directory.Build.props has version 1.2.3", job.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_runner.Artifacts, "packages")));
    }

    [Fact]
    public void What_is_too_large_for_the_package_source_is_left_out()
    {
        Assert.True(_runner.Run("release", "pack").Succeeded);
        using (var tool = File.OpenWrite(Path.Combine(_runner.Artifacts, "packages", "SafeTune.Cli.1.2.3.nupkg")))
            tool.SetLength(300_000_000);
        var job = _runner.Run("release", "publish");
        Assert.True(job.Succeeded, job.Output);
        Assert.Contains("SafeTune.Cli.1.2.3.nupkg is too large", job.Output, StringComparison.Ordinal);
        Assert.Equal(["nuget push packages/SafeTune.1.2.3.nupkg --source https://api.nuget.org/v3/index.json --api-key short-lived --skip-duplicate"], Asked.Where(line => line.StartsWith("nuget", StringComparison.Ordinal)));
    }

    private string[] Asked => File.ReadAllLines(Path.Combine(_runner.Workspace, "asked"));
}
