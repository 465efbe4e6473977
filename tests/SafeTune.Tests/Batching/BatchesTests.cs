using SafeTune.Batching;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Batching;

public sealed class BatchesTests : IDisposable
{
    private readonly TinyModel folder = new();
    private readonly Batches batches, longer;

    public BatchesTests() => (batches, longer) = (Cut(maxLength: 8), Cut(maxLength: 16));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_row_is_in_an_epoch_once(bool buckets) =>
        Assert.Equal(Enumerable.Range(0, 100), batches.Shuffled(1, 0, buckets).SelectMany(batch => batch).Order());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_order_depends_on_seed_and_epoch_only(bool buckets)
    {
        Assert.Equal(batches.Shuffled(1, 3, buckets), batches.Shuffled(1, 3, buckets));
        Assert.NotEqual(batches.Shuffled(1, 3, buckets), batches.Shuffled(1, 4, buckets));
        Assert.NotEqual(batches.Shuffled(1, 3, buckets), batches.Shuffled(2, 3, buckets));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 3)]
    public void Another_seed_or_epoch_fills_the_buckets_with_other_rows(int seed, int epoch)
    {
        // Rows of one length are as many as fill several batches: which of them share one is drawn.
        static IEnumerable<string> Filled(int[][] order) => order.Select(rows => string.Join(' ', rows.Order())).Order(StringComparer.Ordinal);
        Assert.NotEqual(Filled(batches.Shuffled(1, 3, true)), Filled(batches.Shuffled(seed, epoch, true)));
    }

    [Fact]
    public void Buckets_come_in_no_order_of_length()
    {
        for (var epoch = 0; epoch < 8; epoch++)
        {
            int[] lengths = [.. longer.Shuffled(1, epoch, true).Select(rows => longer.Lengths(rows).Max())];
            Assert.NotEqual(lengths.Order(), lengths);
            Assert.NotEqual(lengths.OrderDescending(), lengths);
        }
    }

    [Fact]
    public void Buckets_need_less_padding()
    {
        long Padded(bool buckets) => batches.Shuffled(1, 0, buckets).Sum(rows => (long)rows.Length * batches.Lengths(rows).Max());
        Assert.True(Padded(true) < Padded(false));
    }

    [Fact]
    public void A_batch_is_padded_on_the_right_and_masked()
    {
        var rows = batches.ByLength()[0].Append(batches.ByLength()[^1][^1]).ToArray();
        using var batch = (TextBatch)batches.Of(rows);
        var lengths = batches.Lengths(rows).ToArray();
        Assert.Equal(lengths.Max(), batch.Length);
        Assert.True(lengths.Max() <= 8);
        var mask = batch.AttentionMask.data<long>().ToArray();
        var ids = batch.InputIds.data<long>().ToArray();
        for (var i = 0; i < mask.Length; i++)
        {
            var isToken = i % batch.Length < lengths[i / batch.Length];
            Assert.Equal(isToken ? 1 : 0, mask[i]);
            Assert.True(isToken || ids[i] == 0);
        }
    }

    private Batches Cut(int maxLength) => new(TinyModel.Halves(100), new TextEncoder(WordPiece.Load(folder.Folder), maxLength, isRegression: false), batchSize: 16);
}
