namespace SafeTune.Images;

/// <summary>How pixels between pixels are guessed; the numbers are Pillow's, which preprocessor_config.json uses.</summary>
public enum Resampling
{
    /// <summary>A triangle over the neighbours.</summary>
    Bilinear = 2,

    /// <summary>Keys's cubic with a = -0.5.</summary>
    Bicubic = 3,
}

/// <summary>Resizes images as Pillow's <c>Image.resize</c> does: by convolution, with antialiasing where an image shrinks.</summary>
public static class ImageResizer
{
    // Pillow keeps weights in 22 bits behind the point.
    private const int Precision = 22;

    /// <summary>The image at another size; itself where the size is its own.</summary>
    /// <param name="image">The image.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="resampling">The filter.</param>
    public static Picture Resize(Picture image, int height, int width, Resampling resampling)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var wide = image.Width == width ? image : Horizontal(image, width, resampling);
        return wide.Height == height ? wide : Vertical(wide, height, resampling);
    }

    private static Picture Horizontal(Picture image, int width, Resampling resampling)
    {
        var pixels = new byte[Picture.Channels * width * image.Height];
        var windows = Windows(image.Width, width, resampling);
        for (var y = 0; y < image.Height; y++)
        {
            var row = image.Pixels.AsSpan(Picture.Channels * y * image.Width, Picture.Channels * image.Width);
            for (var x = 0; x < width; x++) Sum(row[(Picture.Channels * windows[x].First)..], Picture.Channels, windows[x].Weights, pixels.AsSpan(Picture.Channels * ((y * width) + x)));
        }

        return new Picture(image.Height, width, pixels);
    }

    private static Picture Vertical(Picture image, int height, Resampling resampling)
    {
        var pixels = new byte[Picture.Channels * image.Width * height];
        var windows = Windows(image.Height, height, resampling);
        var stride = Picture.Channels * image.Width;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < image.Width; x++)
                Sum(image.Pixels.AsSpan((stride * windows[y].First) + (Picture.Channels * x)), stride, windows[y].Weights, pixels.AsSpan((stride * y) + (Picture.Channels * x)));
        }

        return new Picture(height, image.Width, pixels);
    }

    private static void Sum(ReadOnlySpan<byte> from, int step, int[] weights, Span<byte> to)
    {
        const int half = 1 << (Precision - 1);
        var (red, green, blue) = (half, half, half);
        for (var i = 0; i < weights.Length; i++)
        {
            var weight = weights[i];
            red += from[i * step] * weight;
            green += from[(i * step) + 1] * weight;
            blue += from[(i * step) + 2] * weight;
        }

        (to[0], to[1], to[2]) = (Clip(red), Clip(green), Clip(blue));
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> Precision, 0, 255);

    // Of each pixel of the result: the first pixel that counts, and the weights from there on.
    private static (int First, int[] Weights)[] Windows(int from, int to, Resampling resampling)
    {
        var scale = (double)from / to;
        var spread = Math.Max(scale, 1);
        var support = (resampling == Resampling.Bicubic ? 2 : 1) * spread;
        var windows = new (int, int[])[to];
        for (var i = 0; i < to; i++)
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(from, (int)(centre + support + 0.5));
            var weights = new double[end - first];
            for (var k = 0; k < weights.Length; k++) weights[k] = Weight(((k + first) - centre + 0.5) / spread, resampling);
            var sum = weights.Sum();
            windows[i] = (first, [.. weights.Select(weight => (int)Math.Round(weight / sum * (1 << Precision), MidpointRounding.AwayFromZero))]);
        }

        return windows;
    }

    private static double Weight(double x, Resampling resampling)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return (resampling, x) switch
        {
            (Resampling.Bilinear, < 1) => 1 - x,
            (Resampling.Bicubic, < 1) => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            (Resampling.Bicubic, < 2) => ((((x - 5) * x) + 8) * x - 4) * a,
            _ => 0,
        };
    }
}
