using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Runs every test project and adds up the totals.</summary>
[TaskName("Test")]
[TaskDescription("Runs all tests; the last line is the total")]
public sealed class Test : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        var totals = new TestTotals(0, 0, 0);
        var broken = new List<string>();
        foreach (var project in Projects)
        {
            var results = Path.Combine(context.Root, "artifacts", "test-results", $"{project}.trx");
            Directory.CreateDirectory(Path.GetDirectoryName(results)!);
            File.Delete(results);
            var exitCode = RunTests(context, project, results);
            if (File.Exists(results))
            {
                totals += TestTotals.Read(results);
            }

            if (exitCode != ExitCode.Fine)
            {
                broken.Add(project);
            }
        }

        context.Outcome.ClosingLine = totals.ToString();
        if (broken.Count > 0)
        {
            throw context.Outcome.End(ExitCode.NotHeld, $"{string.Join(" and ", broken)} did not pass");
        }

        if (totals.Passed == 0)
        {
            throw context.Outcome.End(ExitCode.NotHeld, "no test ran");
        }
    }

    private static readonly string[] Projects = ["SafeTune.Tests", "StandIns.Tests"];

    private static int RunTests(BuildContext context, string project, string results) => context.Dotnet(
        "test", $"tests/{project}/{project}.csproj", "-c", "Release", "-v", "quiet", "-nologo",
        "--logger", $"trx;LogFileName={results}", "--logger", "console;verbosity=minimal");
}
