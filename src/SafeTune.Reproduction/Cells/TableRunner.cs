using System.Runtime.InteropServices;
using SafeTune.Measurement;
using SafeTune.Reproduction.Results;
using SafeTune.Training;

namespace SafeTune.Reproduction.Cells;

/// <summary>What became of the selected cells.</summary>
public sealed record TableOutcome(
    IReadOnlyList<Cell> Ran,
    IReadOnlyList<Cell> Skipped,
    IReadOnlyList<(Cell Cell, string Reason)> Failed,
    IReadOnlyList<(Cell Cell, string Reason)> Refused,
    bool Stopped);

/// <summary>Runs cells one after the other; several processes may work on one table, each cell belongs to one of them at a time.</summary>
public sealed class TableRunner(ICellRunner runner, RunEnvironment environment, TextWriter output)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private readonly List<Cell> _ran = [];
    private readonly List<Cell> _skipped = [];
    private readonly List<(Cell, string)> _failed = [];
    private readonly List<(Cell, string)> _refused = [];

    /// <summary>Runs what is not finished. <paramref name="finished"/> is called after each cell that this call ran or found done.</summary>
    /// <exception cref="UsageException">A cell cannot run because of its input, or the disk is full.</exception>
    public TableOutcome Run(IReadOnlyList<Cell> cells, bool force, Action<Cell, CellResult> finished, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var waiting = new Queue<(Cell Cell, int Number)>(cells.Select((cell, i) => (cell, i + 1)));
        int busyInARow = 0;
        var told = new HashSet<Cell>();
        bool stopped = false;
        while (waiting.Count > 0 && !stopped)
        {
            stopped = stop.IsCancellationRequested;
            if (stopped)
                break;
            var (cell, number) = waiting.Dequeue();
            using FileStream? held = CellStore.TryLock(cell);
            if (held is null)
            {
                if (told.Add(cell))
                    output.WriteLine($"{cell.Key}: another process is at it; going on with the others and coming back.");
                waiting.Enqueue((cell, number));
                // Everything that is left belongs to others: wait a little instead of spinning.
                if (++busyInARow >= waiting.Count)
                    stopped = stop.WaitHandle.WaitOne(Poll);
                continue;
            }
            busyInARow = 0;
            // A cell that we waited for has just been run by the other process: forced or not, it is new.
            stopped = !One(cell, force && !told.Contains(cell), $"[{number}/{cells.Count}] {cell.Key}", finished, stop);
        }
        return new TableOutcome(_ran, _skipped, _failed, _refused, stopped);
    }

    private bool One(Cell cell, bool force, string title, Action<Cell, CellResult> finished, CancellationToken stop)
    {
        if (!force && CellStore.Finished(cell) is { } done)
        {
            output.WriteLine($"{title}: done before.");
            _skipped.Add(cell);
            finished(cell, done);
            return true;
        }
        if (force)
            CellStore.Clear(cell);
        CellStore.Describe(cell);
        DateTimeOffset started = DateTimeOffset.UtcNow;
        CellResult result;
        if (cell.Data.AvailableRows < cell.Experiment.LeastRows)
        {
            string reason = FormattableString.Invariant($"only {cell.Data.AvailableRows} training rows at hand; {cell.Experiment.LeastRows} are the least that this scale scores");
            result = CellRows.Without(cell, ResultRow.Refused, reason, environment, started);
            _refused.Add((cell, reason));
            output.WriteLine($"{title}: refused, {reason}.");
        }
        else if (Train(cell, title, started, stop) is { } trained)
        {
            result = trained;
        }
        else
        {
            return false;
        }
        CellStore.Save(cell, result);
        finished(cell, result);
        return true;
    }

    /// <returns>Null when stopped.</returns>
    private CellResult? Train(Cell cell, string title, DateTimeOffset started, CancellationToken stop)
    {
        output.WriteLine($"{title}: {cell.Data.Train.Examples.Count} training rows, {cell.Data.Evaluation.Examples.Count} to score.");
        try
        {
            RunReport report = runner.Run(cell, new ProgressLines(output, title, cell.Column.Epochs), stop);
            _ran.Add(cell);
            return CellRows.Of(cell, report, environment, started);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure) when (failure is TrainingFailedException or OutOfMemoryException or ExternalException)
        {
            string reason = failure is OutOfMemoryException ? $"out of memory: {failure.Message}" : failure.Message;
            CellResult result = CellRows.Without(cell, ResultRow.Failed, reason, environment, started);
            reason = result.Rows[0].Reason!;
            _failed.Add((cell, reason));
            output.WriteLine($"{title}: failed, {reason}");
            return result;
        }
        catch (IOException broken)
        {
            throw new UsageException($"{cell.Key}: {broken.Message} The cell can go on when there is room: run the same command again.", broken);
        }
    }
}
