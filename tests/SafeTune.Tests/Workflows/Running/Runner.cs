using System.IO.Enumeration;
using SafeTune.Tests.Build;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Workflows.Running;

/// <summary>How a job ended.</summary>
internal sealed record JobResult(bool Succeeded, string Output, IReadOnlyDictionary<string, string> Outputs);

/// <summary>
/// A runner of workflows' jobs on this machine: the steps' shell runs as it is, in order, with files for GITHUB_OUTPUT and the summary. Artifacts go from
/// job to job by way of a folder. Programs that would be long or talk to GitHub (build.sh, gh) are replaced by the test's own.
/// </summary>
internal sealed class Runner : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Runner()
    {
        foreach (var script in Directory.EnumerateFiles(Path.Combine(Golden.Root, ".github", "scripts")))
            Program(Path.Combine(".github", "scripts", Path.GetFileName(script)), File.ReadAllText(script));
        Program("../bin/gh", File.ReadAllText(Path.Combine(Golden.Root, "tests", "Workflows", "gh.sh")));
    }

    /// <summary>What expressions name, such as <c>github.run_id</c>.</summary>
    public Dictionary<string, string> Values { get; } = new() { ["github.token"] = "token", ["github.repository"] = "us/safetune", ["github.run_attempt"] = "1" };

    /// <summary>The checkout.</summary>
    public string Workspace => Directory.CreateDirectory(Path.Combine(_folder.Path, "work")).FullName;

    public string Artifacts => Directory.CreateDirectory(Path.Combine(_folder.Path, "artifacts")).FullName;

    public string Summary => Read("summary");

    /// <summary>Every request to GitHub: method, path and fields, a line each.</summary>
    public string[] Requests => Read("requests").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The body of the last request that had one.</summary>
    public string Sent => Read("sent");

    /// <summary>Puts a program into the checkout.</summary>
    public void Program(string path, string text)
    {
        var file = Put(path, text);
        Assert.Equal(0, Command.Run("chmod", ["+x", file]).Code);
    }

    /// <summary>Puts a file into the checkout.</summary>
    public string Put(string path, string text) => _folder.File(Path.Combine("work", path), text);

    /// <summary>What GitHub answers from now on.</summary>
    /// <param name="request">Method and path, such as <c>GET repos/us/safetune/pulls</c>.</param>
    /// <param name="json">The body.</param>
    public void Answer(string request, string json) => Answer(request, System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>As the other one.</summary>
    public void Answer(string request, byte[] bytes)
    {
        var name = string.Concat(request.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, "answers")).FullName, name), bytes);
    }

    /// <summary>Runs a job's steps, up to the first that fails and then those that always run.</summary>
    public JobResult Run(string workflow, string job)
    {
        var file = Workflow.Load(workflow);
        var what = file.Jobs.Single(one => one.Id == job);
        var outputs = new Dictionary<string, string>();
        var output = new System.Text.StringBuilder();
        bool succeeded = true;
        foreach (Step step in what.Steps)
        {
            var environment = new Dictionary<string, string>();
            var expressions = new Expressions(name => outputs.GetValueOrDefault(name) ?? Values.GetValueOrDefault(name)
                ?? (name.StartsWith("env.", StringComparison.Ordinal) ? environment.GetValueOrDefault(name[4..]) : null));
            foreach (var (name, value) in file.Environment.Concat(what.Environment).Concat(step.Environment))
                environment[name] = expressions.Fill(value);
            bool runs = succeeded ? step.If is null || expressions.Holds(step.If) : step.If?.Contains("always()", StringComparison.Ordinal) == true;
            if (runs && !(step.Run is { } script ? Shell(script, step, environment, outputs, output) : Action(step, expressions, output)))
                succeeded &= step.MayFail;
        }

        var all = new Expressions(name => outputs.GetValueOrDefault(name) ?? Values.GetValueOrDefault(name) ?? "");
        return new JobResult(succeeded, output.ToString(), what.Outputs.ToDictionary(one => one.Key, one => all.Fill(one.Value)));
    }

    public void Dispose() => _folder.Dispose();

    private bool Shell(string script, Step step, Dictionary<string, string> environment, Dictionary<string, string> outputs, System.Text.StringBuilder output)
    {
        var said = _folder.File("output", "");
        var run = Command.Run("bash", ["--noprofile", "--norc", "-eo", "pipefail", _folder.File("step.sh", script)], Workspace,
        [
            ("PATH", $"{Path.Combine(_folder.Path, "bin")}:{Environment.GetEnvironmentVariable("PATH")}"), ("FAKE_GITHUB", _folder.Path),
            ("GITHUB_OUTPUT", said), ("GITHUB_STEP_SUMMARY", Path.Combine(_folder.Path, "summary")), ("GITHUB_REPOSITORY", Values["github.repository"]),
            ("GITHUB_REF_NAME", "main"), ("GITHUB_SHA", "0123abc"), .. environment.Select(variable => (variable.Key, (string?)variable.Value)),
        ]);
        output.Append(run.Output);
        foreach (var line in File.ReadAllLines(said))
            outputs[$"steps.{step.Id}.outputs.{line.Split('=')[0]}"] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return run.Code == 0;
    }

    private bool Action(Step step, Expressions expressions, System.Text.StringBuilder output)
    {
        var with = step.With.ToDictionary(one => one.Key, one => expressions.Fill(one.Value));
        var path = Path.Combine(Workspace, with.GetValueOrDefault("path", "."));
        switch (step.Action)
        {
            case "actions/upload-artifact" when Path.Exists(path):
                var name = Path.Combine(Artifacts, with["name"]);
                Copy(path, Directory.Exists(path) ? name : Path.Combine(name, Path.GetFileName(path)));
                return true;
            case "actions/upload-artifact":
                output.Append("nothing to upload at ").AppendLine(path);
                return with["if-no-files-found"] != "error";
            case "actions/download-artifact" when with.TryGetValue("pattern", out var pattern):
                foreach (var one in Directory.EnumerateDirectories(Artifacts).Where(one => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(one))))
                    Copy(one, Path.Combine(path, Path.GetFileName(one)));
                return true;
            case "actions/download-artifact":
                var there = Directory.Exists(Path.Combine(Artifacts, with["name"]));
                if (there)
                    Copy(Path.Combine(Artifacts, with["name"]), path);
                return there;
            default:
                return true;
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        Assert.Equal(0, Command.Run("cp", Directory.Exists(from) ? ["-rT", from, to] : [from, to]).Code);
    }

    private string Read(string name) => Path.Combine(_folder.Path, name) is var file && File.Exists(file) ? File.ReadAllText(file) : "";
}
