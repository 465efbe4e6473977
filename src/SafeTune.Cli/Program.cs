using System.Runtime.InteropServices;

namespace SafeTune.Cli;

/// <summary>The process around <see cref="Tool"/>: the console, and signals.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return Tool.Run(args, Console.Out, Console.Error, isTerminal: !Console.IsOutputRedirected && !Console.IsErrorRedirected, stop: stop.Token);

        // The first signal asks the run to save and end; the second one is left to the system.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
