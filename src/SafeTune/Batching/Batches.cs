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
    private readonly Device? device;
    private Func<int[], Func<Device?, Batch>?> takeAhead = _ => null;

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

    private Batches(Batches other, int size) => (rows, examples, encoder, batchSize, device) = (other.rows, other.examples, other.encoder, size, other.device);

    /// <summary>The same rows in batches of another size.</summary>
    public Batches Resized(int size) => new(this, size);

    /// <summary>Tokens of the longest row.</summary>
    public int Longest => rows.Max(row => row.Length);

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

    /// <summary>
    /// Announces the batches that will be asked for next, so that images are decoded by other threads meanwhile. The batches are the same without it, and others may be asked for in between.
    /// </summary>
    /// <param name="coming">Rows of each batch, in order; read as far as work has begun.</param>
    /// <returns>Ends the work when disposed; null where there is none to do ahead.</returns>
    public IDisposable? Announce(IEnumerable<int[]> coming)
    {
        if (!encoder.PreparesAhead) return null;
        var lookahead = new Lookahead(coming, (rows, stop) => encoder.Prepare(Encoded(rows), stop)!);
        takeAhead = lookahead.Take;
        return lookahead;
    }

    /// <summary>The batch of the given rows; the caller disposes it.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="draw">What is drawn at random for a row, as masks are, follows from this number and the row's alone. An evaluation leaves it at 0, so that all are of the same masks.</param>
    /// <exception cref="UsageException">An example cannot be read, or does not fit the others.</exception>
    public Batch Of(int[] batch, long draw = 0)
    {
        var made = takeAhead(batch) is { } make ? make(device) : encoder.Stack(Array.ConvertAll(batch, row => encoder.Draw(rows[row], SplitMix.Of(draw, row))), device);
        return encoder.Draws ? made : made with { Rows = batch };
    }

    /// <summary>What encoded the data.</summary>
    internal ExampleEncoder Encoder => encoder;

    /// <summary>A row as the encoder made it, and the index of the example that it is of.</summary>
    internal (EncodedExample Encoded, int Example) Row(int row) => (rows[row], examples[row]);

    /// <summary>The rows' numbers of tokens.</summary>
    internal IEnumerable<int> Lengths(int[] batch) => batch.Select(row => rows[row].Length);

    private EncodedExample[] Encoded(int[] batch) => Array.ConvertAll(batch, row => rows[row]);

    // Not System.HashCode, which differs from process to process.
    private static int HashCode(int seed, int epoch) => unchecked((seed * 1_000_003) + epoch);
}
