using System.Diagnostics;
using System.Globalization;
using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Training;

namespace SafeTune.Reproduction.Running;

/// <summary>
/// Trains in a worker process: torch's random generator and thread count belong to a process, so that cells side by side need one each.
/// A worker that dies takes only its cell with it; one that loses its build ends after the current step.
/// </summary>
/// <param name="command">Starts a worker: the program and its arguments.</param>
/// <param name="begin">What a worker needs to plan.</param>
/// <param name="environment">Of this process, for the row of a cell whose worker died.</param>
internal sealed class ProcessLane(IReadOnlyList<string> command, WorkerMessage begin, RunEnvironment environment) : ILane
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private Process? _worker;

    public CellEnd Do(Cell cell, bool force, ProgressBoard board, CancellationToken stop)
    {
        // A worker plans everything anew before its first cell, too much for one that is done.
        if (!force && CellStore.Finished(cell) is not null)
            return CellEnd.DoneBefore;
        Process worker = _worker ??= Start();
        // Closing its input asks a worker to stop after the step.
        using CancellationTokenRegistration asked = stop.Register(worker.StandardInput.Close);
        try
        {
            new WorkerMessage("cell") { Folder = cell.Folder, Force = force }.Write(worker.StandardInput);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Found out below.
        }

        while (WorkerMessage.Read(worker.StandardOutput) is { } message)
        {
            switch (message.Kind)
            {
                case "step":
                    board.Step(cell, message.Step, message.Steps);
                    break;
                case "refuse":
                    throw new UsageException(message.Sentence!);
                default:
                    return message.End;
            }
        }

        worker.WaitForExit();
        if (stop.IsCancellationRequested)
            return CellEnd.Stopped;
        _worker = null;
        string how = worker.ExitCode == 128 + 9 ? "killed, most likely because memory ran out" : string.Create(CultureInfo.InvariantCulture, $"exit code {worker.ExitCode}");
        worker.Dispose();
        return new CellWork(new NoRunner(), environment).Lost(cell, $"the process that trained it ended unexpectedly ({how})");
    }

    public void Dispose()
    {
        if (_worker is not { } worker)
            return;
        worker.StandardInput.Close();
        if (!worker.WaitForExit(Patience))
            worker.Kill();
        worker.Dispose();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        Process worker = Process.Start(start)!;
        begin.Write(worker.StandardInput);
        return worker;
    }

    private sealed class NoRunner : ICellRunner
    {
        public RunReport Run(Cell cell, ITrainingListener listener, CancellationToken stop) => throw new InvalidOperationException("Only a worker trains.");
    }
}
