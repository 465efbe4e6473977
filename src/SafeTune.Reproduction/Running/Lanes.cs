using SafeTune.Measurement;
using SafeTune.Reproduction.Cells;
using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Reproduction.Running;

/// <summary>Does one cell at a time.</summary>
internal interface ILane : IDisposable
{
    /// <inheritdoc cref="CellWork.Do"/>
    CellEnd Do(Cell cell, bool force, ProgressBoard board, CancellationToken stop);
}

/// <summary>Trains in this process, with every line of progress.</summary>
internal sealed class LocalLane(ICellRunner runner, RunEnvironment environment) : ILane
{
    private readonly CellWork _work = new(runner, environment);

    public CellEnd Do(Cell cell, bool force, ProgressBoard board, CancellationToken stop) => _work.Do(cell, force, new ProgressLines(board.Output, board.Title(cell), cell.Column.Epochs), stop);

    public void Dispose()
    {
    }
}

/// <summary>How cells are trained here.</summary>
/// <param name="Look">Sets torch's threads (null = all processors) and looks at the machine.</param>
/// <param name="Open">Opens so many lanes.</param>
internal sealed record Lanes(Func<int?, RunEnvironment> Look, Func<int, RunEnvironment, WorkerMessage, IReadOnlyList<ILane>> Open)
{
    /// <summary>One cell at a time in this process, several in as many workers.</summary>
    /// <param name="worker">Starts a worker.</param>
    public static Lanes Of(IReadOnlyList<string> worker) => new(Machine, (jobs, machine, begin) =>
        jobs == 1 ? [new LocalLane(new CellRunner(), machine)] : [.. Enumerable.Range(0, jobs).Select(_ => new ProcessLane(worker, begin, machine))]);

    /// <summary>Sets torch's threads and looks at this machine.</summary>
    public static RunEnvironment Machine(int? threads)
    {
        TorchLibrary.Require();
        set_num_threads(threads ?? Environment.ProcessorCount);
        return RunEnvironment.Read();
    }
}
