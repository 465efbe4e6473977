namespace SafeTune.Images;

/// <summary>An image in memory.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Columns of pixels.</param>
/// <param name="Pixels">Red, green and blue of each pixel, row by row: 3 · height · width bytes.</param>
public sealed record Picture(int Height, int Width, byte[] Pixels)
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 3;

    /// <summary>More pixels than this are refused before anything is allocated.</summary>
    public const long MostPixels = 1L << 28;
}
