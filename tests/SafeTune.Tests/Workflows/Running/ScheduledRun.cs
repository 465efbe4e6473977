using SafeTune.Tests.Build;

namespace SafeTune.Tests.Workflows.Running;

/// <summary>A scheduled reproduction of two tables on a machine with a GPU, none of which is there.</summary>
internal sealed class ScheduledRun : IDisposable
{
    public const string Runs = "GET repos/us/safetune/actions/workflows/reproduce.yml/runs?status=completed&per_page=20";

    // Tables for the leg or the merge, a verdict, a matrix.
    public const string Build = """
        #!/usr/bin/env bash
        echo "$*" >> asked
        git diff --quiet || echo "uncommitted changes" >> asked
        case $* in
            --target=Matrix*) echo "a banner"; echo '{"include":[{"target":"Table1","scale":"paper","shard":"1/2","cells":3},{"target":"Table1","scale":"paper","shard":"2/2","cells":2},{"target":"Table2","scale":"paper","shard":"1/2","cells":1}]}' ;;
            *--shard=*) mkdir -p results/paper-h100 artifacts/runs/new/checkpoints; echo rows > results/paper-h100/table1.csv; echo old > results/paper-h100/table1.verified.csv
                        echo row > artifacts/runs/new/row.csv; echo big > artifacts/runs/new/checkpoints/weights.csv; exit "${LEG:-0}" ;;
            *--merge=*) mkdir -p results/paper-h100; echo united > results/paper-h100/table1.csv ;;
            --target=Verify*) echo "table1: score out of its band"; exit "${HELD:-0}" ;;
            --target=Report*) echo "# Report" > results/paper-h100/REPORT.md; echo "claim does not hold"; exit "${CLAIM:-0}" ;;
        esac
        """;

    public ScheduledRun()
    {
        foreach (var (name, value) in new[]
        {
            ("inputs.table", ""), ("inputs.scale", ""), ("inputs.seeds", ""), ("matrix.target", "Table1"), ("matrix.shard", "1/2"), ("matrix.rows", "rows-paper-Table1-1-of-2"),
            ("matrix.resume", ""), ("needs.measure.result", "success"), ("github.server_url", "https://github.com"), ("github.run_id", "77"),
        })
        {
            Runner.Values[name] = value;
        }

        Runner.Put("results/paper/table1.csv", "committed");
        Git("init", "-q");
        Git("add", "results");
        Runner.Answer(Runs, """{"workflow_runs": []}""");
        Runner.Program("build.sh", Build);
        Runner.Program("../bin/nvidia-smi", "#!/usr/bin/env bash\necho NVIDIA H100\n");
    }

    public Runner Runner { get; } = new();

    /// <summary>What the build was asked, a line for each time.</summary>
    public string[] Asked => Path.Combine(Runner.Workspace, "asked") is var file && File.Exists(file) ? File.ReadAllLines(file) : [];

    /// <summary>The build ends otherwise from now on.</summary>
    /// <param name="what">LEG, HELD or CLAIM.</param>
    /// <param name="code">Its exit code.</param>
    public void Ends(string what, int code) => Runner.Program("build.sh", Build.Replace($"{what}:-0", $"{what}:-{code}", StringComparison.Ordinal));

    public void Dispose() => Runner.Dispose();

    private void Git(params string[] arguments) => Assert.Equal(0, Command.Run("git", arguments, Runner.Workspace).Code);
}
