using SafeTune.Data;
using SafeTune.Images;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Images: those that are stored are decoded when a batch needs them, several at once.</summary>
/// <param name="preprocessing">What the model's images go through.</param>
/// <param name="isRegression">Whether labels are scores.</param>
public sealed class ImageEncoder(ImagePreprocessing preprocessing, bool isRegression) : ExampleEncoder
{
    private static readonly int Cores = Environment.ProcessorCount;

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example) => example switch
    {
        ImageExample image when image.Height < 1 || image.Width < 1 || image.Pixels.Length != (long)image.Height * image.Width * RgbImage.Channels =>
            throw new UsageException($"An image says it has {image.Height} × {image.Width} pixels and holds {image.Pixels.Length} bytes; expected {RgbImage.Channels} bytes a pixel."),
        ImageExample or StoredImageExample => new Encoded(example),
        _ => throw Unreadable(example, "images"),
    };

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device) => Prepare(examples, CancellationToken.None)(device);

    /// <inheritdoc/>
    internal override bool PreparesAhead => true;

    /// <inheritdoc/>
    internal override Func<Device?, Batch> Prepare(IReadOnlyList<EncodedExample> examples, CancellationToken stop)
    {
        var images = new RgbImage[examples.Count];
        var failures = new UsageException?[examples.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Cores, CancellationToken = stop };
        Parallel.For(0, images.Length, options, i =>
        {
            try
            {
                images[i] = preprocessing.Fit(((Encoded)examples[i]).Example);
            }
            catch (UsageException error)
            {
                failures[i] = error;
            }
        });
        // The first one of the batch, whichever thread was the fastest.
        if (failures.FirstOrDefault(failure => failure is not null) is { } first) throw first;

        var (height, width) = (images[0].Height, images[0].Width);
        if (images.FirstOrDefault(image => image.Height != height || image.Width != width) is { } other)
            throw new UsageException($"An image has {other.Height} × {other.Width} pixels and another one of the same batch {height} × {width}; resize all to one size.");
        var size = RgbImage.Channels * height * width;
        var values = GC.AllocateUninitializedArray<float>(images.Length * size);
        Parallel.For(0, images.Length, options, i => preprocessing.Normalise(images[i], values.AsSpan(i * size, size)));
        return device => new ImageBatch(
            tensor(values, [examples.Count, RgbImage.Channels, height, width], ScalarType.Float32, device),
            Labels(examples.Select(example => ((Encoded)example).Example.Label), isRegression, device));
    }

    private sealed record Encoded(Example Example) : EncodedExample(0);
}
