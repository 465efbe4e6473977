using Cake.Frosting;

namespace Build.Tasks;

/// <summary>Everything but training, so that a run starts at once and a broken machine shows early.</summary>
[TaskName("Setup")]
[TaskDescription("Builds the product and shows what it runs on: everything but training")]
public sealed class Setup : BuildTask
{
    /// <inheritdoc/>
    protected override void Do(BuildContext context)
    {
        const string project = "src/SafeTune.Cli/SafeTune.Cli.csproj";
        context.Require(context.Dotnet("msbuild", project, "-restore", "-p:Configuration=Release", "-v:quiet", "-nologo"), "building src/SafeTune.Cli failed");
        context.Require(context.Dotnet("run", "-c", "Release", "--no-build", "--project", project, "--", "env"), "safetune env failed");
    }
}
