namespace SafeTune.Images;

/// <summary>Pixels of eight bits a channel.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Pixels">Red, green and blue of each pixel, row by row: 3 · height · width bytes.</param>
public sealed record RgbImage(int Height, int Width, byte[] Pixels)
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 3;

    /// <summary>How much of the pixels the picture covers: less than all after a JPEG was decoded at a fraction of its size, whose last row and column are then filled in part.</summary>
    public (double Height, double Width) Extent { get; init; } = (Height, Width);
}
