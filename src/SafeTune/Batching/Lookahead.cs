using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Prepares the batches that are due next on worker threads, at most two beyond the one in use; the tensors are made by whoever takes a batch.</summary>
/// <remarks>Its work ends by itself, as no more is begun than is kept; disposing it ends it at once and waits for that.</remarks>
internal sealed class Lookahead : IDisposable
{
    private const int Ahead = 2;
    private readonly Func<int[], CancellationToken, Func<Device?, Batch>> prepare;
    private readonly IEnumerator<int[]> coming;
    private readonly CancellationTokenSource stop = new();
    private readonly Queue<(int[] Rows, Task<Func<Device?, Batch>> Task)> begun = [];
    private bool isDisposed;

    /// <summary>Begins with the first ones.</summary>
    /// <param name="coming">Rows of the batches, in the order in which they will be taken.</param>
    /// <param name="prepare">What to do with rows; called on worker threads.</param>
    public Lookahead(IEnumerable<int[]> coming, Func<int[], CancellationToken, Func<Device?, Batch>> prepare)
    {
        (this.coming, this.prepare) = (coming.GetEnumerator(), prepare);
        Fill();
    }

    /// <summary>What makes the batch of these rows; null when they are not among the next. A batch can be taken again until a later one is.</summary>
    /// <exception cref="UsageException">Preparing it failed.</exception>
    public Func<Device?, Batch>? Take(int[] rows)
    {
        if (isDisposed || !begun.Any(batch => batch.Rows.AsSpan().SequenceEqual(rows))) return null;
        while (!begun.Peek().Rows.AsSpan().SequenceEqual(rows)) begun.Dequeue();
        Fill();
        return begun.Peek().Task.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        stop.Cancel();
        foreach (var (_, task) in begun)
        {
            // Unlike Wait, it throws nothing; and what nobody takes is nobody's failure.
            Task.WaitAny(task);
            _ = task.Exception;
        }

        begun.Clear();
        coming.Dispose();
        stop.Dispose();
    }

    private void Fill()
    {
        while (begun.Count <= Ahead && coming.MoveNext())
        {
            var rows = coming.Current;
            begun.Enqueue((rows, Task.Run(() => prepare(rows, stop.Token), stop.Token)));
        }
    }
}
