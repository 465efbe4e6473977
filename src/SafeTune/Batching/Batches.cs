using SafeTune.Data;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>A dataset, encoded once, cut into batches in an order that depends on nothing but the seed and the epoch.</summary>
public sealed class Batches
{
    private const int BucketBatches = 50;
    private readonly EncodedExample[] rows;
    private readonly int[] examples;
    private readonly ExampleEncoder encoder;
    private readonly int batchSize;
    private (int[] Rows, Task<Func<Device?, Batch>> Work)? ahead;
    private readonly Device? device;

    /// <summary>Encodes every example.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="encoder">Makes of them what the model reads.</param>
    /// <param name="batchSize">Examples in a batch; the last one of an epoch may be smaller.</param>
    /// <param name="device">Where batches go.</param>
    /// <exception cref="UsageException">An example is of a kind that the model does not read.</exception>
    public Batches(Dataset data, ExampleEncoder encoder, int batchSize, Device? device = null)
    {
        (EncodedExample Part, int Example)[] parts = [.. data.Examples.SelectMany((example, i) => encoder.Parts(example).Select(part => (part, i)))];
        rows = [.. parts.Select(part => part.Part)];
        examples = [.. parts.Select(part => part.Example)];
        (this.encoder, this.batchSize, this.device) = (encoder, batchSize, device);
    }

    /// <summary>Number of rows: the examples, or their windows where one takes several.</summary>
    public int Rows => rows.Length;

    /// <summary>Number of batches in an epoch.</summary>
    public int PerEpoch => (rows.Length + batchSize - 1) / batchSize;

    /// <summary>Row numbers of each batch of a shuffled epoch; with buckets, rows of like length share a batch.</summary>
    public int[][] Shuffled(int seed, int epoch, bool lengthBuckets)
    {
        var random = new Random(HashCode(seed, epoch));
        var order = Enumerable.Range(0, rows.Length).ToArray();
        random.Shuffle(order);
        if (!lengthBuckets) return [.. order.Chunk(batchSize)];
        int[][] batches = [.. order.Chunk(batchSize * BucketBatches).SelectMany(chunk => chunk.OrderBy(row => rows[row].Length).Chunk(batchSize))];
        random.Shuffle(batches);
        return batches;
    }

    /// <summary>Row numbers of each batch, sorted by length: for evaluation, where order does not matter and padding costs.</summary>
    public int[][] ByLength() => [.. Enumerable.Range(0, rows.Length).OrderBy(row => rows[row].Length).Chunk(batchSize)];

    /// <summary>A fixed sample without repetition of at most <paramref name="count"/> rows: SAFE's probe.</summary>
    public int[] Sample(int seed, int count)
    {
        var order = Enumerable.Range(0, rows.Length).ToArray();
        new Random(HashCode(seed, -1)).Shuffle(order);
        return order[..Math.Min(count, order.Length)];
    }

    /// <summary>Says which batch comes after the present one, so that slow work on it can begin.</summary>
    /// <param name="batch">The rows; <see cref="Of"/> is then called with the same array.</param>
    public void Announce(int[] batch)
    {
        if (encoder.PreparesAhead) ahead = (batch, Task.Run(() => encoder.Prepare([.. batch.Select(row => rows[row])])));
    }

    /// <summary>The batch of the given rows; the caller disposes it.</summary>
    public Batch Of(int[] batch)
    {
        if (ahead is not { } prepared || !ReferenceEquals(prepared.Rows, batch)) return encoder.Stack([.. batch.Select(row => rows[row])], device);
        ahead = null;
        return prepared.Work.GetAwaiter().GetResult()(device);
    }

    /// <summary>What encoded the data.</summary>
    internal ExampleEncoder Encoder => encoder;

    /// <summary>A row as the encoder made it, and the index of the example that it is of.</summary>
    internal (EncodedExample Encoded, int Example) Row(int row) => (rows[row], examples[row]);

    /// <summary>The rows' numbers of tokens.</summary>
    internal IEnumerable<int> Lengths(int[] batch) => batch.Select(row => rows[row].Length);

    // Not System.HashCode, which differs from process to process.
    private static int HashCode(int seed, int epoch) => unchecked((seed * 1_000_003) + epoch);
}
