using System.Text;
using SafeTune.Tests.Build;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Torch;

/// <summary>The copy of libLibTorchSharp.so in an output folder loads with an older libstdc++; the package's own file is as it was published.</summary>
public sealed class WeakVersionNeedTests
{
    private const string Version = "GLIBCXX_3.4.32";

    private static string Packaged => Path.Combine(
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    private static string Copied => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");

    [Fact]
    public void One_version_need_is_weak_and_nothing_else_has_changed()
    {
        byte[] before = File.ReadAllBytes(Packaged), after = File.ReadAllBytes(Copied);
        Assert.Equal(0, Needs(before)[Version]);
        Assert.Equal(2, Needs(after)[Version]);
        Assert.Equal(Needs(before).Where(need => need.Key != Version), Needs(after).Where(need => need.Key != Version));
        Assert.Single(before.Zip(after), pair => pair.First != pair.Second);
        Assert.Equal(before.Length, after.Length);
    }

    [Fact]
    public void A_version_that_something_uses_is_refused()
    {
        using var folder = new TemporaryFolder();
        var run = Weaken(folder, Packaged, "GLIBCXX_3.4.21");
        Assert.NotEqual(0, run.Code);
        Assert.Contains("its need of GLIBCXX_3.4.21 cannot be made weak: some of its symbols are of that version", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "copy.so")));
    }

    [Theory]
    [InlineData("GLIBCXX_9.9.9", "it has no such need")]
    [InlineData(Version, "it is no ELF file of 64 bits")]
    public void A_file_that_is_not_recognised_is_refused(string version, string reason)
    {
        using var folder = new TemporaryFolder();
        var run = Weaken(folder, version == Version ? folder.File("text.so", new string('x', 200)) : Packaged, version);
        Assert.NotEqual(0, run.Code);
        Assert.Contains(reason, run.Output, StringComparison.Ordinal);
    }

    private static Command Weaken(TemporaryFolder folder, string source, string version)
    {
        var targets = Path.Combine(Golden.Root, "src", "SafeTune", "buildTransitive", "SafeTune.targets");
        var project = folder.File("weaken.proj", $"""
            <Project>
              <Import Project="{targets}" />
              <Target Name="Weaken">
                <WeakenVersionNeed Source="{source}" Destination="{folder.Path}/copy.so" Version="{version}" />
              </Target>
            </Project>
            """);
        return Command.Run("dotnet", ["msbuild", project, "-t:Weaken", "-nologo", "-v:quiet"]);
    }

    // The flags of every version need (Elf64_Vernaux), by name, found without the code under test: through the dynamic section.
    private static Dictionary<string, int> Needs(byte[] file)
    {
        const int dynamic = 2, load = 1;
        const ulong strings = 5, verneed = 0x6ffffffe, verneedCount = 0x6fffffff;
        var headers = Enumerable.Range(0, BitConverter.ToUInt16(file, 0x38)).Select(i => (int)BitConverter.ToUInt64(file, 0x20) + (i * BitConverter.ToUInt16(file, 0x36))).ToArray();
        int Place(ulong address)
        {
            var header = headers.Single(at => BitConverter.ToInt32(file, at) == load && address >= U64(at + 16) && address < U64(at + 16) + U64(at + 32));
            return (int)(address - U64(header + 16) + U64(header + 8));
        }

        var tags = new Dictionary<ulong, ulong>();
        for (var at = (int)U64(headers.Single(at => BitConverter.ToInt32(file, at) == dynamic) + 8); U64(at) != 0; at += 16) tags[U64(at)] = U64(at + 8);
        var found = new Dictionary<string, int>();
        var entry = Place(tags[verneed]);
        for (var left = tags[verneedCount]; left > 0; left--, entry += BitConverter.ToInt32(file, entry + 12))
        {
            var need = entry + BitConverter.ToInt32(file, entry + 8);
            for (var i = BitConverter.ToUInt16(file, entry + 2); i > 0; i--, need += BitConverter.ToInt32(file, need + 12))
            {
                var name = Place(tags[strings]) + BitConverter.ToInt32(file, need + 8);
                // Several libraries may define one version.
                found.TryAdd(Encoding.ASCII.GetString(file, name, Array.IndexOf<byte>(file, 0, name) - name), BitConverter.ToUInt16(file, need + 4));
            }
        }

        return found;

        ulong U64(int at) => BitConverter.ToUInt64(file, at);
    }
}
