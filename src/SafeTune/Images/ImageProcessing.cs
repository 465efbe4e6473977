namespace SafeTune.Images;

/// <summary>What becomes of an image before a model sees it: resize, cut out the centre, scale, normalise (as Hugging Face's image processors).</summary>
/// <param name="Height">Rows that the model reads.</param>
/// <param name="Width">Columns that the model reads.</param>
public sealed record ImageProcessing(int Height, int Width)
{
    /// <summary>The shorter side after resizing, the other one in proportion; null = straight to <see cref="Height"/> and <see cref="Width"/>.</summary>
    public int? ShortestEdge { get; init; }

    /// <summary>How pixels between pixels are guessed.</summary>
    public Resampling Resampling { get; init; } = Resampling.Bilinear;

    /// <summary>Levels are multiplied by this first.</summary>
    public double Scale { get; init; } = 1 / 255.0;

    /// <summary>Of red, green and blue, after scaling.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>Of red, green and blue.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.5, 0.5, 0.5];

    /// <summary>The sides that a decoded image needs at least.</summary>
    public (int Height, int Width) Least => (Math.Max(Height, ShortestEdge ?? 0), Math.Max(Width, ShortestEdge ?? 0));

    /// <summary>Resizes an image and cuts out its centre; an image of the model's own size stays as it is.</summary>
    public Picture Fit(Picture image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Height == Height && image.Width == Width) return image;
        if (ShortestEdge is not { } edge) return ImageResizer.Resize(image, Height, Width, Resampling);
        var shorter = Math.Min(image.Height, image.Width);
        var resized = ImageResizer.Resize(image, (int)((long)edge * image.Height / shorter), (int)((long)edge * image.Width / shorter), Resampling);
        return Centre(resized);
    }

    /// <summary>Writes the normalised values, channel by channel.</summary>
    /// <param name="image">Of the model's size.</param>
    /// <param name="target">3 · height · width values.</param>
    public void Normalise(Picture image, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(image);
        var plane = image.Height * image.Width;
        for (var c = 0; c < Picture.Channels; c++)
        {
            var (scale, shift) = ((float)(Scale / Deviation[c]), (float)(Mean[c] / Deviation[c]));
            var channel = target.Slice(c * plane, plane);
            for (var pixel = 0; pixel < plane; pixel++) channel[pixel] = (image.Pixels[(pixel * Picture.Channels) + c] * scale) - shift;
        }
    }

    // What lies outside the image is black, as transformers pads it.
    private Picture Centre(Picture image)
    {
        var pixels = new byte[Picture.Channels * Height * Width];
        var (top, left) = ((image.Height - Height) / 2, (image.Width - Width) / 2);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                var (fromY, fromX) = (y + top, x + left);
                if (fromY < 0 || fromY >= image.Height || fromX < 0 || fromX >= image.Width) continue;
                image.Pixels.AsSpan(Picture.Channels * ((fromY * image.Width) + fromX), Picture.Channels).CopyTo(pixels.AsSpan(Picture.Channels * ((y * Width) + x)));
            }
        }

        return new Picture(Height, Width, pixels);
    }
}
