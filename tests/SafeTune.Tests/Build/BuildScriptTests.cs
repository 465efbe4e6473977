using SafeTune.Tests.Data;

namespace SafeTune.Tests.Build;

/// <summary>The parts of build.sh that decide something.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BuildScriptTests() => Directory.CreateDirectory(Path.Combine(_folder.Path, "artifacts"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_stack_set_by_hand_wins_over_the_kept_one()
    {
        Keep("standin");
        Assert.Equal("nuget", Bash("choose_stack; echo $stack", ("PackageStack", "nuget")).Output.Trim());
    }

    [Fact]
    public void The_kept_stack_is_used_without_a_word()
    {
        Keep("nuget");
        Assert.Equal("nuget", Bash("choose_stack; echo $stack").Output.Trim());
    }

    [Fact]
    public void A_stack_that_does_not_exist_is_refused()
    {
        var run = Bash("choose_stack", ("PackageStack", "real"));
        Assert.Equal(2, run.Code);
        Assert.Contains("must be 'nuget' or 'standin'", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yes", "nuget")]
    [InlineData("no", "standin")]
    public void The_package_sources_answer_decides_and_is_kept(string answer, string stack)
    {
        var run = Bash($"probe_packages() {{ echo {answer}; }}; choose_stack");
        Assert.Contains($"package stack: {stack}", run.Output, StringComparison.Ordinal);
        Assert.Contains($"<PackageStack>{stack}</PackageStack>", File.ReadAllText(Path.Combine(_folder.Path, "artifacts", "stack.props")), StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_package_source_cannot_be_asked_nothing_is_kept()
    {
        var run = Bash("probe_packages() { echo 'could not be asked (NU1301)'; }; choose_stack");
        Assert.Contains("package stack: standin", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "artifacts", "stack.props")));
    }

    [Fact]
    public void The_probe_asks_for_the_pinned_packages_of_the_nuget_stack()
    {
        File.Copy(Path.Combine(Golden.Root, "Directory.Packages.props"), Path.Combine(_folder.Path, "Directory.Packages.props"));
        Assert.Equal("no", Bash("dotnet() { echo 'error NU1101: Unable to find package'; return 1; }; probe_packages").Output.Trim());
        var probe = File.ReadAllText(Path.Combine(_folder.Path, "artifacts", "probe", "probe.csproj"));
        Assert.Contains("<PackageDownload Include=\"TorchSharp-cuda-linux\" Version=\"[0.107.0]\" />", probe, StringComparison.Ordinal);
        Assert.Contains("<PackageDownload Include=\"Cake.Frosting\" Version=\"[6.0.0]\" />", probe, StringComparison.Ordinal);
        Assert.Contains("<PackageDownload Include=\"Verify.Xunit\" Version=\"[31.12.5]\" />", probe, StringComparison.Ordinal);
        Assert.DoesNotContain("YamlDotNet", probe, StringComparison.Ordinal);
    }

    [Fact]
    public void With_a_libtorch_of_the_users_own_none_is_installed()
    {
        var packages = Bash("PATH=/none; missing_packages", ("LIBTORCH", "/opt/libtorch")).Output;
        Assert.Equal(["cmake", "g++", "make"], packages.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Where_nothing_is_missing_nothing_is_installed() =>
        Assert.Equal("", Bash("missing_packages() { :; }; apt-get() { echo installing; }; install_packages").Output);

    [Fact]
    public void On_a_system_without_apt_the_command_is_named()
    {
        var run = Bash("missing_packages() { echo cmake; }; PATH=/none; install_packages");
        Assert.Equal(2, run.Code);
        Assert.Contains("apt-get install cmake", run.Output, StringComparison.Ordinal);
        Assert.Single(run.Output.Trim().Split('\n'));
    }

    [Fact]
    public void A_missing_SDK_is_named_with_the_page_to_get_it_from()
    {
        var run = Bash("PATH=/none; need_dotnet");
        Assert.Equal(2, run.Code);
        Assert.Contains("https://dotnet.microsoft.com/download/dotnet/10.0", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_SDK_is_not_enough()
    {
        var run = Bash("dotnet() { [[ $1 == --version ]] && echo 8.0.100 || echo '8.0.100 [/usr/share/dotnet/sdk]'; }; need_dotnet");
        Assert.Equal(2, run.Code);
        Assert.Contains("installed: 8.0.100", run.Output, StringComparison.Ordinal);
    }

    private void Keep(string stack) =>
        File.WriteAllText(Path.Combine(_folder.Path, "artifacts", "stack.props"), $"<PackageStack>{stack}</PackageStack>");

    private Command Bash(string script, params (string Name, string? Value)[] environment) => Command.Bash(script, _folder.Path, environment);
}
