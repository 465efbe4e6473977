using System.IO.Compression;

namespace SafeTune.Tests.Workflows.Running;

/// <summary>A run of a pull request's regression workflow, ended, with an artifact that its author could have made.</summary>
internal sealed class PullRequestRun : IDisposable
{
    public PullRequestRun()
    {
        foreach (var (name, value) in new[]
        {
            ("event", "pull_request"), ("conclusion", "success"), ("id", "42"), ("head_repository.full_name", "them/safetune"), ("head_branch", "patch&state=all"), ("head_sha", "abc"),
        })
        {
            Runner.Values[$"github.event.workflow_run.{name}"] = value;
        }

        Runner.Values["github.event.repository.default_branch"] = "main";
        Builds(0);
    }

    public Runner Runner { get; } = new();

    /// <summary>The renderer ends with this code; its comment is what it was asked, and the head's table.</summary>
    public void Builds(int code) =>
        Runner.Program("build.sh", $"#!/usr/bin/env bash\n{{ echo \"$*\"; cat artifact/head/table1.csv; echo; }} > comment.md\nexit {code}\n");

    /// <summary>Renders the comment; true when there was something to render.</summary>
    public string Render()
    {
        var job = Runner.Run("regression-comment", "render");
        Assert.True(job.Succeeded, job.Output);
        return job.Outputs["found"];
    }

    public void Artifact(params (string Name, string Text)[] entries) => Artifact(Zip(entries), 1000);

    /// <param name="zip">What is downloaded.</param>
    /// <param name="size">What GitHub says of its size.</param>
    public void Artifact(byte[] zip, int size)
    {
        Runner.Answer("GET repos/us/safetune/actions/runs/42/artifacts?name=regression", $$"""{"artifacts": [{"id": 9, "size_in_bytes": {{size}}, "expired": false}]}""");
        Runner.Answer("GET repos/us/safetune/actions/artifacts/9/zip", zip);
    }

    public void Dispose() => Runner.Dispose();

    public static byte[] Zip((string Name, string Text)[] entries, Action<ZipArchiveEntry>? first = null)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                var entry = zip.CreateEntry(name);
                first?.Invoke(entry);
                first = null;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(text);
            }
        }

        return bytes.ToArray();
    }
}
