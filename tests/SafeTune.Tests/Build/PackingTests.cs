using System.IO.Compression;
using System.Text.Json;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Build;

/// <summary>The two packages as their users get them: made, installed into an empty folder and used from there.</summary>
public sealed class PackingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_tool_is_a_dotnet_tool_named_safetune()
    {
        var run = Command.Run("dotnet", ["msbuild", "src/SafeTune.Cli/SafeTune.Cli.csproj", "-getProperty:IsPackable,PackAsTool,ToolCommandName,PackageId"]);
        var properties = JsonDocument.Parse(run.Output).RootElement.GetProperty("Properties");
        Assert.Equal(["true", "true", "safetune", "SafeTune.Tool"], properties.EnumerateObject().Select(property => property.Value.GetString()));
    }

    [Fact]
    public void The_installed_tool_trains_and_predicts()
    {
        Pack("SafeTune.Cli");
        var tools = Path.Combine(folder.Path, "tools");
        Succeeds(Command.Run("dotnet", ["tool", "install", "SafeTune.Tool", "--tool-path", tools, "--source", folder.Path], folder.Path, ("DOTNET_CLI_HOME", folder.Path), ("NUGET_PACKAGES", Path.Combine(folder.Path, "cache"))));
        using var model = new TinyModel();
        var data = folder.File("data.csv", "text,label\n" + string.Concat(Enumerable.Repeat("red cat,a\nblue dog,b\n", 8)));
        var adapter = Path.Combine(folder.Path, "adapter");
        var safetune = Path.Combine(tools, "safetune");
        Succeeds(Command.Run(safetune, ["train", "--model", model.Folder, "--data", data, "--validation", "0.25", "--epochs", "1", "--output", adapter], folder.Path));
        Assert.True(File.Exists(Path.Combine(adapter, "adapter_model.safetensors")));
        Succeeds(Command.Run(safetune, ["predict", "--adapter", adapter, "--data", data, "--output", Path.Combine(folder.Path, "out.csv")], folder.Path));
        Assert.Equal(17, File.ReadLines(Path.Combine(folder.Path, "out.csv")).Count());
    }

    [Fact]
    public void The_library_finds_the_libtorch_that_its_user_has_chosen()
    {
        Pack("SafeTune");
        using (var package = ZipFile.OpenRead(Directory.GetFiles(folder.Path, "SafeTune.*.nupkg").Single()))
        {
            using var nuspec = new StreamReader(package.Entries.Single(entry => entry.Name == "SafeTune.nuspec").Open());
            var text = nuspec.ReadToEnd();
            Assert.Contains("<dependency id=\"TorchSharp\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain("libtorch", text, StringComparison.Ordinal);
        }

        Directory.CreateDirectory(Path.Combine(folder.Path, "app"));
        folder.File("app/nuget.config", $"<configuration><packageSources><add key=\"here\" value=\"{folder.Path}\" /></packageSources></configuration>");
        folder.File("app/Program.cs", "System.Console.WriteLine(SafeTune.Torch.TorchLibrary.WhyNot ?? \"torch \" + SafeTune.Torch.TorchLibrary.Version);");
        // What is made here stays out of the user's cache, which serves the rest.
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        folder.File("app/user.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <RestorePackagesPath>{folder.Path}/cache</RestorePackagesPath>
                <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SafeTune" Version="*" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
              </ItemGroup>
            </Project>
            """);
        var run = Command.Run("dotnet", ["run"], Path.Combine(folder.Path, "app"));
        Succeeds(run);
        Assert.Equal("torch 2.10.0", run.Output.Trim().Split('\n')[^1]);
    }

    private void Pack(string project) =>
        Succeeds(Command.Run("dotnet", ["pack", $"src/{project}/{project}.csproj", "-c", Command.Configuration, "--no-build", "-o", folder.Path, "-nologo", "-v:quiet"]));

    private static void Succeeds(Command run) => Assert.True(run.Code == 0, run.Output);
}
