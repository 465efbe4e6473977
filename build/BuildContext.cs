using System.Diagnostics;
using Cake.Core;
using Cake.Frosting;
using SafeTune;

namespace Build;

/// <summary>What every target knows: the arguments, parsed once, and where the repository is.</summary>
public sealed class BuildContext : FrostingContext
{
    /// <summary>Parses and checks the arguments before any target runs.</summary>
    /// <exception cref="CakeException">An argument or a target is unknown or malformed; exit code 2.</exception>
    public BuildContext(ICakeContext context, ClosingLine closing)
        : base(context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Closing = closing;
        try
        {
            Options = new BuildArguments(context.Arguments.GetArguments().Where(argument => !IsHosts(argument.Key)));
            foreach (var target in context.Arguments.GetArguments("target"))
            {
                CheckTarget(target);
            }
        }
        catch (UsageException problem)
        {
            throw new CakeException(ExitCode.Usage, problem.Message, problem);
        }
    }

    /// <summary>The build's own arguments.</summary>
    public BuildArguments Options { get; }

    /// <summary>Read last, after Cake's report.</summary>
    public ClosingLine Closing { get; }

    /// <summary>The repository's root, absolute.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>nuget or standin: what this build was built with.</summary>
    public string PackageStack { get; } = Metadata.Of("PackageStack");

    /// <summary>Runs <c>dotnet</c> in the repository's root, its output straight to ours.</summary>
    /// <returns>Its exit code.</returns>
    public int Dotnet(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    // What ToCakeArguments adds for the host's sake.
    private static bool IsHosts(string name) =>
        name.Equals("target", StringComparison.OrdinalIgnoreCase) || name.Equals("no-report", StringComparison.OrdinalIgnoreCase)
        || name.Equals("noreport", StringComparison.OrdinalIgnoreCase);

    private static void CheckTarget(string target)
    {
        var known = Target.All.Select(item => item.Name).ToArray();
        if (!known.Contains(target, StringComparer.OrdinalIgnoreCase))
        {
            throw new UsageException($"unknown target '{target}'.{Nearest.Hint(target, known)} --target=Default lists the targets.");
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SafeTune.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds SafeTune.slnx");
    }
}
