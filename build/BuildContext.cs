using System.Diagnostics;
using System.Runtime.InteropServices;
using Cake.Core;
using Cake.Frosting;
using SafeTune;
using SafeTune.Reproduction;
using SafeTune.Reproduction.Pretraining;
using SafeTune.Reproduction.Running;
using SafeTune.Reproduction.World;
using SafeTune.Torch;

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

    /// <summary>Runs <c>dotnet</c> in the repository's root, its output straight to ours.</summary>
    /// <returns>Its exit code.</returns>
    public int Dotnet(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Runs experiment files; Ctrl-C or a plain kill ends them after the current step, with a checkpoint.</summary>
    /// <param name="tables">Names of files in experiments/, without their ending.</param>
    /// <returns>The exit code: see <see cref="ExitCode"/>.</returns>
    /// <exception cref="UsageException">The selection does not fit an experiment, or the hub lacks something.</exception>
    public int Reproduce(params IReadOnlyList<string> tables)
    {
        RepeatOnEveryMachine();
        return Stoppable(stop => SafeTune.Reproduction.Reproduce.Run([.. tables.Select(ExperimentFile)], Selection, Worker, Console.Out, stop));
    }

    /// <summary>Pre-trains the models of the scale smoke and measures what that is worth; it can be stopped as <see cref="Reproduce"/> can.</summary>
    /// <returns>The exit code: see <see cref="ExitCode"/>.</returns>
    /// <exception cref="UsageException">The selection does not fit the file of recipes, or a hub lacks something.</exception>
    public int Pretrain() => Stoppable(stop =>
    {
        RepeatOnEveryMachine();
        var recipes = Path.Combine(Root, "experiments", "smoke", "pretrain.yaml");
        var world = Selection.Hub ?? GeneratedWorld.In(Path.Combine(Root, "artifacts"), Console.Out);
        var made = SafeTune.Reproduction.Pretraining.Pretrain.Run(recipes, world, Selection, Console.Out, stop);
        return made != ExitCode.Fine || Selection.Models is not null ? made
            : PretrainingWorth.Measure(recipes, [.. Tables.Pretrained.Select(ExperimentFile)], Selection, Worker, Console.Out, stop);
    });

    /// <summary>The experiment file of a table.</summary>
    public string ExperimentFile(string table) => Path.Combine(Root, "experiments", table + ".yaml");

    /// <summary>Ends the run when a program or runner did not end with 0, keeping its code.</summary>
    /// <exception cref="CakeException"><paramref name="exitCode"/> is not 0.</exception>
    public void Require(int exitCode, string sentence)
    {
        if (exitCode != ExitCode.Fine)
        {
            throw Outcome.End(exitCode, sentence);
        }
    }

    // The results of the scale smoke are held against committed ones, whatever the machine.
    private void RepeatOnEveryMachine()
    {
        if (Selection.Scale == "smoke")
        {
            TorchLibrary.UseAvx2Everywhere();
        }
    }

    // This program again, as one that trains cells.
    private static string[] Worker => [System.Environment.ProcessPath!, typeof(BuildContext).Assembly.Location, CellWorker.Argument];

    private static int Stoppable(Func<CancellationToken, int> run)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return run(stop.Token);

        // The second time it is not cancelled, so the process ends at once.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    // What ToCakeArguments adds for the host's sake; Cake 7 writes the last of them.
    private static readonly string[] HostsArguments = ["target", "no-report", "noreport", "Settings_NoReport"];

    private static bool IsHosts(string name) =>
        HostsArguments.Contains(name, StringComparer.OrdinalIgnoreCase);

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
