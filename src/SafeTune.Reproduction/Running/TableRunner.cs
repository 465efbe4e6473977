using System.Runtime.ExceptionServices;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Running;

/// <summary>What became of the selected cells.</summary>
public sealed record TableOutcome(
    IReadOnlyList<Cell> Ran,
    IReadOnlyList<Cell> Skipped,
    IReadOnlyList<(Cell Cell, string Reason)> Failed,
    IReadOnlyList<(Cell Cell, string Reason)> Refused,
    bool Stopped);

/// <summary>Runs cells in one or more lanes; other processes may work on the same cells, each belongs to one of them at a time.</summary>
internal sealed class TableRunner(IReadOnlyList<ILane> lanes, TextWriter output)
{
    private readonly List<Cell> _ran = [];
    private readonly List<Cell> _skipped = [];
    private readonly List<(Cell, string)> _failed = [];
    private readonly List<(Cell, string)> _refused = [];
    private readonly HashSet<string> _current = [];
    private readonly Lock _gate = new();
    private ExceptionDispatchInfo? _broken;
    private bool _stopped;

    /// <summary>Runs what is not finished. <paramref name="finished"/> is called after each cell that this call ran or found done, by one lane at a time.</summary>
    /// <exception cref="UsageException">A cell cannot run because of its input, or the disk is full.</exception>
    public TableOutcome Run(IReadOnlyList<Cell> cells, bool force, Action<Cell, CellResult, bool> finished, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(cells);
        using var halt = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var queue = new CellQueue(cells);
        var board = new ProgressBoard(cells, output);
        // The first lane stays on this thread: with only one, nothing is concurrent.
        Thread[] others = [.. lanes.Skip(1).Select(lane => new Thread(() => Serve(lane)))];
        foreach (Thread other in others)
            other.Start();
        Serve(lanes[0]);
        foreach (Thread other in others)
            other.Join();
        _broken?.Throw();
        board.Close();
        return new TableOutcome(_ran, _skipped, _failed, _refused, _stopped || (stop.IsCancellationRequested && _ran.Count + _skipped.Count + _failed.Count + _refused.Count < cells.Count));

        void Serve(ILane lane)
        {
            try
            {
                while (queue.Next(halt.Token) is { } cell)
                    One(lane, cell, force, queue, board, finished, halt.Token);
            }
            catch (Exception broken)
            {
                lock (_gate)
                    _broken ??= ExceptionDispatchInfo.Capture(broken);
                halt.Cancel();
            }
        }
    }

    private void One(ILane lane, Cell cell, bool force, CellQueue queue, ProgressBoard board, Action<Cell, CellResult, bool> finished, CancellationToken stop)
    {
        board.Began(cell);
        bool again;
        lock (_gate)
            again = force && !_current.Contains(cell.Folder);
        CellEnd end = lane.Do(cell, again, board, stop);
        if (end == CellEnd.Busy)
        {
            lock (_gate)
            {
                // Whoever has it makes it new, so that it is not forced again; for the same reason a folder that two tables share is forced once.
                if (_current.Add(cell.Folder))
                    board.Busy(cell);
            }

            board.Ended(cell, end, null);
            queue.Later(cell);
            return;
        }

        CellResult? result = end == CellEnd.Stopped ? null : CellStore.Read(cell);
        lock (_gate)
        {
            _current.Add(cell.Folder);
            _stopped |= end == CellEnd.Stopped;
            if (result is not null)
            {
                Note(cell, end, result);
                board.Ended(cell, end, result);
                finished(cell, result, end != CellEnd.DoneBefore);
            }
        }

        queue.Done(cell);
    }

    private void Note(Cell cell, CellEnd end, CellResult result)
    {
        switch (end)
        {
            case CellEnd.Ran:
                _ran.Add(cell);
                break;
            case CellEnd.Failed:
                _failed.Add((cell, result.Rows[0].Reason));
                break;
            case CellEnd.Refused:
                _refused.Add((cell, result.Rows[0].Reason));
                break;
            default:
                _skipped.Add(cell);
                break;
        }
    }
}
