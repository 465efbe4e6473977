using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Training;

namespace SafeTune.Reproduction.Running;

/// <summary>The other side of a <see cref="ProcessLane"/>: a process that trains the cells it is told, one after the other.</summary>
public static class CellWorker
{
    /// <summary>The argument that makes a program a worker.</summary>
    public const string Argument = "--cell-worker";

    /// <summary>Serves until its input ends, or a cell cannot run.</summary>
    /// <returns>The process's exit code.</returns>
    public static int Serve(TextReader input, TextWriter output)
    {
        using var stop = new CancellationTokenSource();
        // The terminal's Ctrl-C reaches workers too; the build decides, by closing their input.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        var inbox = new BlockingCollection<WorkerMessage>();
        new Thread(Listen) { IsBackground = true }.Start();
        try
        {
            WorkerMessage begin = inbox.Take();
            Selection selection = begin.Selection!;
            RunEnvironment machine = Lanes.Machine(selection.Threads);
            var planner = new Plans(begin.Root!, selection, CellRunner.Gpu(machine), TextWriter.Null, stop.Token);
            var cells = new Lazy<Dictionary<string, Cell>>(() => planner.Of(begin.ExperimentFiles!).SelectMany(plan => plan.Cells).DistinctBy(cell => cell.Folder).ToDictionary(cell => cell.Folder));
            var work = new CellWork(new CellRunner(), machine);
            foreach (WorkerMessage message in inbox.GetConsumingEnumerable())
            {
                if (stop.IsCancellationRequested)
                    break;
                Cell cell = cells.Value.GetValueOrDefault(message.Folder!) ?? throw new UsageException("The experiments, the data or the model changed while they were in use; run the same command again.");
                new WorkerMessage("end") { End = work.Do(cell, message.Force, new StepMessages(output), stop.Token) }.Write(output);
            }
        }
        catch (UsageException problem)
        {
            new WorkerMessage("refuse") { Sentence = problem.Message }.Write(output);
        }
        catch (InvalidOperationException) when (inbox.IsCompleted)
        {
            // The build was gone before it said anything.
        }

        return 0;

        void Listen()
        {
            while (WorkerMessage.Read(input) is { } message)
                inbox.Add(message);
            inbox.CompleteAdding();
            stop.Cancel();
        }
    }

    /// <summary>Progress as messages, at most one a second.</summary>
    private sealed class StepMessages(TextWriter output) : ITrainingListener
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _last;

        public void Step(StepInfo step)
        {
            if (_clock.Elapsed - _last < Pause)
                return;
            _last = _clock.Elapsed;
            new WorkerMessage("step") { Step = step.Step, Steps = step.Steps }.Write(output);
        }

        public void Started(string configuration, string parameters)
        {
        }

        public void Probed(ProbeInfo probe)
        {
        }

        public void Froze(FreezeEvent freeze)
        {
        }

        public void Evaluated(int epoch, IReadOnlyDictionary<string, double> scores)
        {
        }

        public void Note(string sentence)
        {
        }
    }
}
