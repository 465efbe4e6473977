using System.Runtime.InteropServices;
using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;
using SafeTune.Training;

namespace SafeTune.Reproduction.Running;

/// <summary>How an attempt at a cell ended.</summary>
public enum CellEnd
{
    /// <summary>Its result was there already.</summary>
    DoneBefore,

    /// <summary>Trained and scored now.</summary>
    Ran,

    /// <summary>Diverged or out of memory: its row says so.</summary>
    Failed,

    /// <summary>Not attempted, because its score would mean nothing: its row says so.</summary>
    Refused,

    /// <summary>Another process is at it.</summary>
    Busy,

    /// <summary>Stopped between two steps; its folder has a checkpoint.</summary>
    Stopped,
}

/// <summary>Trains, evaluates and saves one cell in its folder, which is locked meanwhile.</summary>
internal sealed class CellWork(ICellRunner runner, RunEnvironment environment)
{
    /// <param name="cell">What to do.</param>
    /// <param name="force">Also when it is done already.</param>
    /// <param name="listener">Follows the training.</param>
    /// <param name="stop">Checked between steps.</param>
    /// <exception cref="UsageException">The cell cannot run because of its input, or the disk is full.</exception>
    public CellEnd Do(Cell cell, bool force, ITrainingListener listener, CancellationToken stop)
    {
        using FileStream? held = CellStore.TryLock(cell);
        if (held is null)
            return CellEnd.Busy;
        if (!force && CellStore.Finished(cell) is not null)
            return CellEnd.DoneBefore;
        if (force)
            CellStore.Clear(cell);
        CellStore.Describe(cell);
        DateTimeOffset started = DateTimeOffset.UtcNow;
        if (cell.Data.AvailableRows < cell.Experiment.LeastRows)
        {
            string reason = FormattableString.Invariant($"only {cell.Data.AvailableRows} training rows at hand; {cell.Experiment.LeastRows} are the least that this scale scores");
            return Without(cell, ResultRow.Refused, reason, started);
        }

        try
        {
            RunReport report = runner.Run(cell, listener, stop);
            CellStore.Save(cell, CellRows.Of(cell, report, environment, started) with { Curve = LossCurve.Of(cell.Key, cell.MetricsFile) });
            return CellEnd.Ran;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return CellEnd.Stopped;
        }
        catch (Exception failure) when (failure is TrainingFailedException or OutOfMemoryException or ExternalException)
        {
            return Without(cell, ResultRow.Failed, failure is OutOfMemoryException ? $"out of memory: {failure.Message}" : failure.Message, started);
        }
        catch (IOException broken)
        {
            throw new UsageException($"{cell.Key}: {broken.Message} The cell can go on when there is room: run the same command again.", broken);
        }
    }

    /// <summary>Notes that the process which trained a cell is gone.</summary>
    public CellEnd Lost(Cell cell, string reason)
    {
        using FileStream? held = CellStore.TryLock(cell);
        return held is null ? CellEnd.Busy : Without(cell, ResultRow.Failed, reason, DateTimeOffset.UtcNow);
    }

    private CellEnd Without(Cell cell, string status, string reason, DateTimeOffset started)
    {
        CellStore.Save(cell, CellRows.Without(cell, status, reason, environment, started));
        return status == ResultRow.Failed ? CellEnd.Failed : CellEnd.Refused;
    }
}
