using SkiaSharp;

namespace SafeTune.Tests.Images;

/// <summary>Writes JPEGs for tests; kinds that Skia does not write lie in tests/Golden/images/jpeg, written by libjpeg-turbo.</summary>
internal static class JpegWriter
{
    public const int Full = 0, Half = 1, Quarter = 2, Grey = 3;

    /// <summary>Compresses pixels of three channels.</summary>
    public static byte[] Write(int height, int width, byte[] pixels, int sampling = Quarter, int quality = 95)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, sampling == Grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = 3 * ((y * width) + x);
                bitmap.SetPixel(x, y, new SKColor(pixels[at], pixels[at + 1], pixels[at + 2]));
            }
        }

        using var pixmap = bitmap.PeekPixels();
        var downsample = sampling switch { Half => SKJpegEncoderDownsample.Downsample422, Quarter => SKJpegEncoderDownsample.Downsample420, _ => SKJpegEncoderDownsample.Downsample444 };
        using var encoded = pixmap.Encode(new SKJpegEncoderOptions(quality, downsample, SKJpegEncoderAlphaOption.Ignore));
        return encoded.ToArray();
    }

    /// <summary>A file of tests/Golden/images/jpeg.</summary>
    public static byte[] Written(string name) => File.ReadAllBytes(Golden.Path($"images/jpeg/{name}.jpg"));

    /// <summary>A picture with slopes and an edge.</summary>
    public static byte[] Picture(int height, int width)
    {
        var pixels = new byte[height * width * 3];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 3; c++) pixels[(((y * width) + x) * 3) + c] = (byte)((c == 0 ? x * 200 / width : c == 1 ? y * 200 / height : 100 + (x / 8 * 4)) % 256);
        return pixels;
    }
}
