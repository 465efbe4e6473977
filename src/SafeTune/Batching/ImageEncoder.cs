using SafeTune.Data;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Images, normalised channel by channel: (value / 255 - mean) / deviation.</summary>
/// <param name="mean">Of red, green and blue.</param>
/// <param name="deviation">Of red, green and blue.</param>
/// <param name="isRegression">Whether labels are scores.</param>
public sealed class ImageEncoder(IReadOnlyList<double> mean, IReadOnlyList<double> deviation, bool isRegression) : ExampleEncoder
{
    private const int Channels = 3;

    /// <inheritdoc/>
    public override EncodedExample Encode(Example example) => example is ImageExample image
        ? new Encoded(image)
        : throw Unreadable(example, "images");

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        ImageExample[] images = [.. examples.Select(example => ((Encoded)example).Image)];
        var (height, width) = (images[0].Height, images[0].Width);
        if (images.FirstOrDefault(image => image.Height != height || image.Width != width) is { } other)
            throw new UsageException($"An image has {other.Height} × {other.Width} pixels and another one of the same batch {height} × {width}; resize all to one size.");
        var plane = height * width;
        var values = new float[images.Length * Channels * plane];
        for (var i = 0; i < images.Length; i++)
        {
            for (var c = 0; c < Channels; c++)
            {
                var (scale, shift) = ((float)(1 / (255 * deviation[c])), (float)(mean[c] / deviation[c]));
                var target = values.AsSpan(((i * Channels) + c) * plane, plane);
                for (var pixel = 0; pixel < plane; pixel++) target[pixel] = (images[i].Pixels[(pixel * Channels) + c] * scale) - shift;
            }
        }

        return new ImageBatch(
            tensor(values, [images.Length, Channels, height, width], ScalarType.Float32, device), Labels(images.Select(image => image.Label), isRegression, device));
    }

    private sealed record Encoded(ImageExample Image) : EncodedExample(0);
}
