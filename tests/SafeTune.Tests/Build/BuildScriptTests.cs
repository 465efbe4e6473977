using System.Xml.Linq;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Build;

/// <summary>The parts of build.sh that decide something.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BuildScriptTests() => Directory.CreateDirectory(Path.Combine(_folder.Path, "artifacts"));

    public void Dispose() => _folder.Dispose();

    private string StackFile => Path.Combine(_folder.Path, "artifacts", "stack.props");

    [Fact]
    public void Each_package_is_chosen_for_itself_and_the_answers_are_kept()
    {
        var run = Bash("probe_package() { [[ $1 == Cake.Frosting ]] && echo yes || echo no; }; nvidia-smi() { return 1; }; choose_packages");
        Assert.Equal("build.sh: Verify.Xunit: the package source lacks it, so src/StandIns stands in for it", run.Output.Trim());
        var kept = XDocument.Load(StackFile).Descendants("PropertyGroup").Single().Elements().Select(property => (property.Name.LocalName, property.Value));
        Assert.Equal([("CakeFrostingSource", "nuget"), ("VerifyXunitSource", "standin")], kept);
    }

    [Fact]
    public void What_was_chosen_once_is_not_asked_for_again()
    {
        File.WriteAllText(StackFile, "<Project />");
        Assert.Equal("", Bash("probe_package() { echo asked >&2; }; choose_packages").Output);
    }

    [Fact]
    public void What_is_set_by_hand_is_neither_asked_for_nor_kept()
    {
        var run = Bash("probe_package() { echo asked >&2; echo yes; }; choose_packages", ("CakeFrostingSource", "standin"), ("VerifyXunitSource", "nuget"), ("TorchPackage", "TorchSharp-cpu"));
        Assert.Equal("", run.Output);
        Assert.Empty(XDocument.Load(StackFile).Descendants("PropertyGroup").Single().Elements());
    }

    [Fact]
    public void A_source_that_does_not_exist_is_refused()
    {
        var run = Bash("choose_packages", ("CakeFrostingSource", "real"));
        Assert.Equal(2, run.Code);
        Assert.Contains("CakeFrostingSource is 'real': it must be 'nuget'", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_package_source_cannot_be_asked_nothing_is_kept()
    {
        var run = Bash("probe_package() { echo 'could not be asked (NU1301)'; }; choose_packages");
        Assert.Contains("Cake.Frosting: the package source could not be asked (NU1301)", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(StackFile));
    }

    [Theory]
    [InlineData("yes", "torch: TorchSharp-cuda-linux, for the GPU here (NVIDIA H200)", "TorchSharp-cuda-linux")]
    [InlineData("no", "torch: for the CPU, since the package source lacks TorchSharp-cuda-linux for the GPU here (NVIDIA H200)", null)]
    public void A_GPU_machine_gets_the_torch_for_it_where_the_package_source_has_it(string answer, string sentence, string? package)
    {
        var run = Bash($"probe_package() {{ [[ $1 == TorchSharp-cuda-linux ]] && echo {answer} || echo yes; }}; nvidia-smi() {{ echo 'NVIDIA H200'; }}; choose_packages");
        Assert.Equal("build.sh: " + sentence, run.Output.Trim());
        Assert.Equal(package, XDocument.Load(StackFile).Descendants("TorchPackage").SingleOrDefault()?.Value);
    }

    [Fact]
    public void The_probe_asks_for_one_package_in_its_pinned_version()
    {
        File.Copy(Path.Combine(Golden.Root, "Directory.Packages.props"), Path.Combine(_folder.Path, "Directory.Packages.props"));
        Assert.Equal("no", Bash("dotnet() { echo 'error NU1101: Unable to find package'; return 1; }; probe_package Cake.Frosting").Output.Trim());
        var probe = XDocument.Load(Path.Combine(_folder.Path, "artifacts", "probe", "probe.csproj"));
        Assert.Equal(["Cake.Frosting [6.0.0]"], probe.Descendants("PackageDownload").Select(asked => $"{asked.Attribute("Include")!.Value} {asked.Attribute("Version")!.Value}"));
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

    private Command Bash(string script, params (string Name, string? Value)[] environment) => Command.Bash(script, _folder.Path, environment);
}
