using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Images;
using SafeTune.Tests.Images;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Batching;

public sealed class LookaheadTests
{
    private static readonly ImagePreprocessing Small = new() { Size = (16, 16) };

    [Fact]
    public void Batches_are_the_same_with_and_without()
    {
        var (with, without) = (Batches(Images(20)), Batches(Images(20)));
        int[][] order = [.. with.Shuffled(1, 0, lengthBuckets: false), .. with.Shuffled(1, 1, lengthBuckets: false)];

        using var ahead = with.Announce(order);

        foreach (var rows in order) Assert.Equal(Values(without, rows), Values(with, rows));
    }

    [Fact]
    public void No_more_than_two_batches_are_read_ahead()
    {
        var images = Images(20);
        var batches = Batches(images);
        int[][] order = [.. Enumerable.Range(0, 20).Chunk(4)];
        var coming = 0;

        using var ahead = batches.Announce(order.Select(rows =>
        {
            coming++;
            return rows;
        }));
        batches.Of(order[0]).Dispose();
        batches.Of(order[0]).Dispose();

        Assert.Equal(3, coming);
        ahead!.Dispose();
        Assert.All(images[..4], image => Assert.Equal(1, image.Reads));
        Assert.All(images[12..], image => Assert.Equal(0, image.Reads));
    }

    [Fact]
    public void Other_batches_may_come_between()
    {
        var (with, without) = (Batches(Images(20)), Batches(Images(20)));
        int[][] order = [.. Enumerable.Range(0, 20).Chunk(4)];
        using var ahead = with.Announce(order);

        Assert.Equal(Values(without, [7, 3]), Values(with, [7, 3]));
        Assert.Equal(Values(without, order[2]), Values(with, order[2]));
        Assert.Equal(Values(without, order[0]), Values(with, order[0]));
    }

    [Fact]
    public void Work_is_done_by_other_threads_and_tensors_are_not()
    {
        var threads = new HashSet<int>();
        using var read = new CountdownEvent(4);
        var images = Images(4, () =>
        {
            lock (threads) threads.Add(Environment.CurrentManagedThreadId);
            read.Signal();
        });
        var batches = Batches(images);

        using var ahead = batches.Announce([[0, 1, 2, 3]]);
        Assert.True(read.Wait(TimeSpan.FromSeconds(20)));
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);

        // The scope of this thread has them.
        using var scope = torch.NewDisposeScope();
        var batch = (ImageBatch)batches.Of([0, 1, 2, 3]);
        scope.Dispose();
        Assert.True(batch.Pixels.IsInvalid);
    }

    [Fact]
    public void A_broken_image_is_reported_when_its_batch_is_due()
    {
        Stored[] images = [.. Images(4), new("no image"u8.ToArray(), "pets.zip, entry b"), new("none either"u8.ToArray(), "pets.zip, entry c"), .. Images(2)];
        var batches = Batches(images);
        using var ahead = batches.Announce([[0, 1], [2, 3], [4, 5], [6, 7]]);

        batches.Of([0, 1]).Dispose();
        batches.Of([2, 3]).Dispose();

        Assert.StartsWith("pets.zip, entry b: ", Assert.Throws<UsageException>(() => batches.Of([4, 5])).Message, StringComparison.Ordinal);
        batches.Of([6, 7]).Dispose();
    }

    [Fact]
    public void Nothing_goes_on_after_the_end()
    {
        var running = 0;
        var images = Images(120, () =>
        {
            Interlocked.Increment(ref running);
            Thread.Sleep(10);
            Interlocked.Decrement(ref running);
        });
        var batches = Batches(images);
        var ahead = batches.Announce(Enumerable.Range(0, 120).Chunk(20));
        batches.Of([119]).Dispose();

        ahead!.Dispose();

        var reads = images.Sum(image => image.Reads);
        Assert.Equal(0, running);
        Thread.Sleep(50);
        Assert.Equal(reads, images.Sum(image => image.Reads));
        // One by itself, and the batch in use and two beyond it.
        Assert.InRange(reads, 1, 61);
    }

    [Fact]
    public void Training_on_stored_images_is_training_on_decoded_ones()
    {
        using var family = new TinyFamily("vit");
        var decoded = family.Task(24);
        // PNG loses nothing.
        Example[] stored = [.. decoded.Examples.Cast<ImageExample>().Select(image =>
            new StoredImageExample(new Stored(PngWriter.Write(16, 16, 8, 2, (y, x, c) => image.Pixels[(((y * 16) + x) * 3) + c])), image.Label))];
        var job = new FineTuneJob
        {
            ModelFolder = family.Folder, Method = "lora", Train = decoded, Validation = decoded,
            Training = new TrainingOptions { Epochs = 3, BatchSize = 5, LearningRate = 1e-2 },
        };

        Assert.Equal(Losses(job), Losses(job with { Train = decoded with { Examples = stored }, Validation = decoded with { Examples = stored } }));
    }

    [Fact]
    public void A_broken_image_ends_the_training_with_its_place()
    {
        using var family = new TinyFamily("vit");
        var data = family.Task(24);
        Example[] examples = [.. data.Examples];
        examples[17] = new StoredImageExample(new Stored([1, 2, 3], "pets.zip, entry 17"), 0);
        using var tuner = new FineTuner(new FineTuneJob { ModelFolder = family.Folder, Method = "lora", Train = data with { Examples = examples } });

        Assert.StartsWith("pets.zip, entry 17: ", Assert.Throws<UsageException>(() => tuner.Run()).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<double> Losses(FineTuneJob job)
    {
        using var tuner = new FineTuner(job);
        return tuner.Run().EpochLosses;
    }

    private static Stored[] Images(int count, Action? reading = null) => [.. Enumerable.Range(0, count).Select(i =>
        new Stored(JpegWriter.Write(20 + i, 30, JpegWriter.Picture(20 + i, 30)), $"image {i}") { Reading = reading })];

    private static Batches Batches(Stored[] images) => new(
        new Dataset("images", "train", [.. images.Select(image => new StoredImageExample(image, 1))], ["a", "b"], 0), new ImageEncoder(Small, isRegression: false), batchSize: 4);

    private static float[] Values(Batches batches, int[] rows)
    {
        using var batch = (ImageBatch)batches.Of(rows);
        Assert.Equal([rows.Length, 3, 16, 16], batch.Pixels.shape);
        return batch.Pixels.data<float>().ToArray();
    }
}
