using SafeTune.Measurement;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class RunEnvironmentTests(ITestOutputHelper output)
{
    [Fact]
    public void Everything_a_result_depends_on_is_known()
    {
        var environment = RunEnvironment.Read();
        output.WriteLine(environment.ToString());
        Assert.All(new[] { environment.Device, environment.Torch, environment.Dotnet, environment.Stack, environment.Os, environment.Cpu }, value => Assert.NotEmpty(value));
        Assert.True(environment.Threads > 0);
        Assert.Matches(@"^TorchSharp \d+\.\d+", environment.Stack);
    }

    [Fact]
    public void The_peak_of_the_process_is_in_bytes() => Assert.InRange(RunEnvironment.ProcessPeakBytes(), 10L << 20, 1L << 40);

    [Fact]
    public void A_folder_without_a_repository_has_no_commit() => Assert.Equal(("", false), GitState.Read("/"));

    [Fact]
    public void A_repository_knows_its_commit_and_whether_it_changed()
    {
        var folder = Directory.CreateTempSubdirectory("safetune-git-");
        try
        {
            string file = Path.Combine(folder.FullName, "a"), result = Path.Combine(folder.CreateSubdirectory("results").FullName, "table1.csv");
            File.WriteAllText(file, "1");
            File.WriteAllText(result, "1");
            foreach (var command in new[] { "init -q", "add a results", "-c user.name=a -c user.email=a@b commit -q -m a" }) Git(folder.FullName, command);
            var (commit, dirty) = GitState.Read(folder.FullName);
            Assert.Matches("^[0-9a-f]{40}$", commit);
            Assert.False(dirty);
            File.WriteAllText(result, "2");
            Assert.Equal((commit, false), GitState.Read(folder.FullName));
            File.WriteAllText(file, "2");
            Assert.Equal((commit, true), GitState.Read(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Git(string folder, string arguments)
    {
        using var git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", arguments) { WorkingDirectory = folder })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
