using System.Text.Json;

namespace SafeTune.Tests.Build;

/// <summary>What the two packages are, as far as it can be known without the real TorchSharp.</summary>
public sealed class PackingTests
{
    [Fact]
    public void The_tool_is_a_dotnet_tool_named_safetune()
    {
        var run = Command.Run("dotnet", ["msbuild", "src/SafeTune.Cli/SafeTune.Cli.csproj", "-getProperty:IsPackable,PackAsTool,ToolCommandName,PackageId"]);
        var properties = JsonDocument.Parse(run.Output).RootElement.GetProperty("Properties");
        Assert.Equal(["true", "true", "safetune", "SafeTune.Tool"], properties.EnumerateObject().Select(property => property.Value.GetString()));
    }

    [Theory]
    [InlineData("src/SafeTune/SafeTune.csproj")]
    [InlineData("src/SafeTune.Cli/SafeTune.Cli.csproj")]
    public void With_the_stand_ins_there_are_no_packages(string project)
    {
        var run = Command.Run("dotnet", ["msbuild", project, "-t:CheckPackable", "-p:PackageStack=standin", "-nologo", "-v:quiet"]);
        Assert.NotEqual(0, run.Code);
        Assert.Contains("Packages are made of the real TorchSharp only", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_real_packages_there_are() =>
        Assert.Equal(0, Command.Run("dotnet", ["msbuild", "src/SafeTune/SafeTune.csproj", "-t:CheckPackable", "-p:PackageStack=nuget", "-nologo", "-v:quiet"]).Code);
}
