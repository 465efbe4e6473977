using System.Buffers;
using SafeTune.Data;

namespace SafeTune.Images;

/// <summary>What is done to an image before a model sees it: decoded, resized, cropped, normalised.</summary>
/// <remarks>
/// In the order and with the rounding of transformers' image processors over Pillow. One thing differs: a stored JPEG much larger than wanted is decoded at a fraction of its size,
/// which takes less than half the time where it is twice too large, and moves the resized colours by some 1 level in 255 on average.
/// </remarks>
public sealed record ImagePreprocessing
{
    private const long MostPixels = 1L << 26;

    /// <summary>Images become this size, whatever their shape; null = they do not.</summary>
    public (int Height, int Width)? Size { get; init; }

    /// <summary>Images keep their shape, and their shorter side becomes this; null = it does not. Not together with <see cref="Size"/>.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>What weighs the pixels.</summary>
    public ImageFilter Filter { get; init; } = ImageFilter.Bilinear;

    /// <summary>The middle of the resized image that is kept, with black around it where the image is smaller; null = all.</summary>
    public (int Height, int Width)? Crop { get; init; }

    /// <summary>What each value from 0 to 255 is multiplied by, before mean and deviation.</summary>
    public double Rescale { get; init; } = 1 / 255.0;

    /// <summary>Subtracted: of red, green and blue.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Divided by, after the mean: of red, green and blue.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>The model's own size: images that come decoded and have it are taken as they are; null = none.</summary>
    public (int Height, int Width)? Untouched { get; init; }

    /// <summary>Decodes where needed, resizes and crops; on any thread.</summary>
    /// <exception cref="UsageException">The image cannot be read, or the example is none.</exception>
    public RgbImage Fit(Example example) => example switch
    {
        ImageExample image => Untouched == (image.Height, image.Width)
            ? new RgbImage(image.Height, image.Width, image.Pixels)
            : Fit(new RgbImage(image.Height, image.Width, image.Pixels), "the data"),
        StoredImageExample stored => Fit(stored.Source),
        _ => throw new UsageException($"The data holds examples of the kind {example.GetType().Name}; expected images."),
    };

    /// <summary>Normalises: (value · <see cref="Rescale"/> - mean) / deviation.</summary>
    /// <param name="image">What <see cref="Fit(Example)"/> returned.</param>
    /// <param name="planes">Filled with [3, height, width].</param>
    public void Normalise(RgbImage image, Span<float> planes)
    {
        var area = image.Height * image.Width;
        Span<float> values = stackalloc float[256];
        for (var c = 0; c < RgbImage.Channels; c++)
        {
            var (scale, shift) = ((float)(Rescale / Deviation[c]), (float)(Mean[c] / Deviation[c]));
            for (var value = 0; value < values.Length; value++) values[value] = (value * scale) - shift;
            var plane = planes.Slice(c * area, area);
            for (int pixel = 0, at = c; pixel < plane.Length; pixel++, at += RgbImage.Channels) plane[pixel] = values[image.Pixels[at]];
        }
    }

    // Whole images are large enough to make the garbage collector work: their memory is used again.
    private RgbImage Fit(IStoredImage source)
    {
        var side = ShortestEdge ?? (Size is { } size ? Math.Max(size.Height, size.Width) : null);
        var image = ImageDecoder.Decode(source.Read(), source.Place, side, ArrayPool<byte>.Shared.Rent);
        var fitted = Fit(image, source.Place);
        if (fitted.Pixels == image.Pixels) fitted = fitted with { Pixels = image.Pixels[..(image.Height * image.Width * RgbImage.Channels)] };
        ArrayPool<byte>.Shared.Return(image.Pixels);
        return fitted;
    }

    private RgbImage Fit(RgbImage image, string place)
    {
        if ((Size ?? Shape(image)) is var (height, width) && (height, width) != (image.Height, image.Width))
        {
            if ((long)height * width > MostPixels) throw new UsageException($"{place}: an image is so narrow that its shorter side of {ShortestEdge} makes {height} × {width} pixels; leave it out.");
            image = ImageResizer.Resize(image, height, width, Filter);
        }

        return Crop is { } crop ? Middle(image, crop.Height, crop.Width) : image;
    }

    private (int Height, int Width)? Shape(RgbImage image)
    {
        if (ShortestEdge is not { } edge) return null;
        var (height, width) = image.Extent;
        return height <= width ? (edge, (int)(edge * width / height)) : ((int)(edge * height / width), edge);
    }

    private static RgbImage Middle(RgbImage image, int height, int width)
    {
        if ((height, width) == (image.Height, image.Width)) return image;
        // Rounded down, below zero too.
        var (top, left) = ((image.Height - height) >> 1, (image.Width - width) >> 1);
        var pixels = new byte[height * width * RgbImage.Channels];
        var (from, to) = (Math.Max(0, -left), Math.Min(width, image.Width - left));
        for (var y = Math.Max(0, -top); y < Math.Min(height, image.Height - top); y++)
        {
            var row = image.Pixels.AsSpan((((y + top) * image.Width) + from + left) * RgbImage.Channels, (to - from) * RgbImage.Channels);
            row.CopyTo(pixels.AsSpan(((y * width) + from) * RgbImage.Channels));
        }

        return new RgbImage(height, width, pixels);
    }
}
