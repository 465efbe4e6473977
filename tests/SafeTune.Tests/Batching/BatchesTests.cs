using SafeTune.Batching;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Batching;

public sealed class BatchesTests : IDisposable
{
    private readonly TinyModel folder = new();
    private readonly Batches batches;

    public BatchesTests() => batches = new Batches(TinyModel.Halves(100), new TextEncoder(WordPiece.Load(folder.Folder), maxLength: 8, isRegression: false), batchSize: 16);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_row_is_in_an_epoch_once(bool buckets) =>
        Assert.Equal(Enumerable.Range(0, 100), batches.Shuffled(1, 0, buckets).SelectMany(batch => batch).Order());

    [Fact]
    public void The_order_depends_on_seed_and_epoch_only()
    {
        Assert.Equal(batches.Shuffled(1, 3, false), batches.Shuffled(1, 3, false));
        Assert.NotEqual(batches.Shuffled(1, 3, false), batches.Shuffled(1, 4, false));
        Assert.NotEqual(batches.Shuffled(1, 3, false), batches.Shuffled(2, 3, false));
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
}
