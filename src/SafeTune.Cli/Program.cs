using System.Runtime.InteropServices;
using SafeTune.Data;

namespace SafeTune.Cli;

/// <summary>The process around <see cref="Tool"/>: the console, and signals.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        // Errors of other threads, which no caller sees.
        AppDomain.CurrentDomain.UnhandledException += (_, unexpected) =>
        {
            Console.Error.WriteLine(ErrorReport.Write((Exception)unexpected.ExceptionObject, args));
            Environment.Exit(ExitCode.DidNotHold);
        };
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var input = TextLines.Read(Console.OpenStandardInput(), "standard input");
        return Tool.Run(args, Console.Out, Console.Error, isTerminal: !Console.IsOutputRedirected && !Console.IsErrorRedirected, input, stop.Token);

        // The first signal asks the run to save and end; the second one is left to the system.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
