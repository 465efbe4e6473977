using System.Diagnostics;
using System.Runtime.InteropServices;
using Cake.Core;
using Cake.Frosting;
using SafeTune;
using SafeTune.Reproduction;

namespace Build;

/// <summary>What every target knows: the arguments, parsed once, and where the repository is.</summary>
public sealed class BuildContext : FrostingContext
{
    /// <summary>Parses and checks the arguments before any target runs.</summary>
    /// <exception cref="CakeException">An argument or a target is unknown or malformed; exit code 2.</exception>
    public BuildContext(ICakeContext context, Outcome outcome)
        : base(context)
    {
        Outcome = outcome;
        try
        {
            Selection = BuildArguments.Select(context.Arguments.GetArguments().Where(argument => !IsHosts(argument.Key)));
            foreach (var target in context.Arguments.GetArguments("target"))
            {
                CheckTarget(target);
            }
        }
        catch (UsageException problem)
        {
            throw outcome.End(problem);
        }
    }

    /// <summary>What the arguments ask for.</summary>
    public Selection Selection { get; }

    /// <summary>What the run comes to.</summary>
    public Outcome Outcome { get; }

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

    /// <summary>Runs an experiment file; Ctrl-C or a plain kill ends it after the current step, with a checkpoint.</summary>
    /// <param name="experimentFile">Relative to the repository's root.</param>
    /// <returns>The exit code: see <see cref="ExitCode"/>.</returns>
    /// <exception cref="UsageException">The selection does not fit the experiment, or the hub lacks something.</exception>
    public int Reproduce(string experimentFile)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return SafeTune.Reproduction.Reproduce.Run(Path.Combine(Root, experimentFile), Selection, Console.Out, stop.Token);

        // The second time it is not cancelled, so the process ends at once.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>Ends the run when a program or runner did not end with 0, keeping its code.</summary>
    /// <exception cref="CakeException"><paramref name="exitCode"/> is not 0.</exception>
    public void Require(int exitCode, string sentence)
    {
        if (exitCode != ExitCode.Fine)
        {
            throw Outcome.End(exitCode, sentence);
        }
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
            throw new UsageException($"Unknown target '{target}'.{Nearest.Hint(target, known)} --target=Default lists the targets.");
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
