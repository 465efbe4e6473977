using SafeTune.Reproduction.Cells;

namespace SafeTune.Reproduction.Running;

/// <summary>The cells that are still to be done, handed out to lanes in their order; one that another process holds comes back at the end.</summary>
/// <remarks>Two tables may share a cell (same folder): it is handed out to one lane at a time, so that the second finds it done.</remarks>
internal sealed class CellQueue(IReadOnlyList<Cell> cells)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private readonly LinkedList<Cell> _waiting = new(cells);
    private readonly HashSet<string> _running = [];
    private readonly HashSet<Cell> _busy = [];

    /// <summary>The next cell; null when none is left, or when stopped. Waits while all that is left is in other hands.</summary>
    public Cell? Next(CancellationToken stop)
    {
        lock (_waiting)
        {
            while (!stop.IsCancellationRequested && _waiting.Count > 0)
            {
                if (_waiting.FirstOrDefault(cell => !_running.Contains(cell.Folder) && !_busy.Contains(cell)) is { } free)
                {
                    _waiting.Remove(free);
                    _running.Add(free.Folder);
                    return free;
                }

                Monitor.Wait(_waiting, Poll);
                _busy.Clear();
            }

            return null;
        }
    }

    /// <summary>Takes back a cell that another process holds.</summary>
    public void Later(Cell cell)
    {
        lock (_waiting)
        {
            _running.Remove(cell.Folder);
            _busy.Add(cell);
            _waiting.AddLast(cell);
            Monitor.PulseAll(_waiting);
        }
    }

    /// <summary>Notes that a cell is no longer in a lane's hands.</summary>
    public void Done(Cell cell)
    {
        lock (_waiting)
        {
            _running.Remove(cell.Folder);
            Monitor.PulseAll(_waiting);
        }
    }
}
