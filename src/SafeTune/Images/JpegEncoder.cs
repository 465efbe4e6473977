using SkiaSharp;

namespace SafeTune.Images;

/// <summary>Writes JPEG files, by Skia.</summary>
public static class JpegEncoder
{
    /// <summary>A JPEG file with the colours of every pixel (4:4:4).</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">1 to 100.</param>
    public static unsafe byte[] Encode(RgbImage image, int quality)
    {
        const int channels = 4;
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = new Span<byte>((void*)bitmap.GetPixels(), bitmap.ByteCount);
        for (var i = 0; i < image.Height * image.Width; i++)
        {
            image.Pixels.AsSpan(RgbImage.Channels * i, RgbImage.Channels).CopyTo(target[(channels * i)..]);
            target[(channels * i) + RgbImage.Channels] = byte.MaxValue;
        }

        using var pixmap = bitmap.PeekPixels();
        using var encoded = pixmap.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore));
        return encoded.ToArray();
    }
}
