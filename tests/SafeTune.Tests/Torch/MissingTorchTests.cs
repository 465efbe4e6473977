using SafeTune.Tests.Build;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Torch;

/// <summary>Where torch cannot be loaded, one sentence says why: a copy of the tool that does not know the package cache.</summary>
public sealed class MissingTorchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string native;

    public MissingTorchTests()
    {
        var from = Path.Combine(Golden.Root, "artifacts", "bin", "SafeTune.Cli", Command.Configuration);
        native = Directory.CreateDirectory(Path.Combine(folder.Path, "runtimes", "linux-x64", "native")).FullName;
        foreach (var file in Directory.EnumerateFiles(from).Where(file => !file.EndsWith(".runtimeconfig.dev.json", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        File.Copy(Path.Combine(from, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"), Path.Combine(native, "libLibTorchSharp.so"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_libtorch_that_is_not_there_is_said_to_be_missing() => Assert.StartsWith("torch cannot be loaded: ", Refused(), StringComparison.Ordinal);

    [Fact]
    public void What_the_loader_says_of_a_damaged_library_is_passed_on()
    {
        foreach (var file in Directory.EnumerateFiles(native)) File.WriteAllText(file, "no library");
        File.WriteAllText(Path.Combine(native, "libtorch_cpu.so"), "no library");
        Assert.Matches("^torch cannot be loaded: .*: file too short\\.$", Refused());
    }

    private string Refused()
    {
        var run = Command.Run("dotnet", [Path.Combine(folder.Path, "SafeTune.Cli.dll"), "bench", "step", "--model", "mini", "--steps", "1"]);
        Assert.Equal(2, run.Code);
        return Assert.Single(run.Output.Trim().Split('\n'));
    }
}
