using SafeTune.Data;
using SafeTune.Images;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Images with one label: decoded when a batch needs them, resized and normalised as the model wants.</summary>
/// <param name="processing">What becomes of an image.</param>
/// <param name="isRegression">Whether labels are scores.</param>
public sealed class ImageEncoder(ImageProcessing processing, bool isRegression) : ExampleEncoder
{
    /// <inheritdoc/>
    public override bool PreparesAhead => true;

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example) => example is ImageExample or StoredImageExample
        ? new Encoded(example)
        : throw Unreadable(example, "images");

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device) => Prepare(examples)(device);

    /// <summary>Decodes and resizes the images, on all processors; no tensor is made yet.</summary>
    /// <inheritdoc/>
    public override Func<Device?, Batch> Prepare(IReadOnlyList<EncodedExample> examples)
    {
        Example[] images = [.. examples.Select(example => ((Encoded)example).Image)];
        var values = new float[images.Length * Picture.Channels * processing.Height * processing.Width];
        var each = values.Length / images.Length;
        try
        {
            Parallel.For(0, images.Length, i => processing.Normalise(processing.Fit(Read(images[i])), values.AsSpan(i * each, each)));
        }
        catch (AggregateException several)
        {
            // The first broken image is told.
            throw several.InnerExceptions.OfType<UsageException>().FirstOrDefault() ?? several.InnerExceptions[0];
        }

        return device => new ImageBatch(
            tensor(values, [images.Length, Picture.Channels, processing.Height, processing.Width], ScalarType.Float32, device), Labels(images.Select(image => image.Label), isRegression, device));
    }

    private Picture Read(Example example) => example is ImageExample image
        ? new Picture(image.Height, image.Width, image.Pixels)
        : ImageDecoder.Decode(((StoredImageExample)example).Source.Read(), ((StoredImageExample)example).Source.Place, processing.Least);

    private sealed record Encoded(Example Image) : EncodedExample(0);
}
