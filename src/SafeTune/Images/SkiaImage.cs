using System.Buffers;
using SkiaSharp;

namespace SafeTune.Images;

/// <summary>JPEG and PNG files, by Skia: libjpeg-turbo with the accurate transform, as Pillow's, and libpng.</summary>
internal static class SkiaImage
{
    // Skia's decoders have four channels.
    private const int Channels = 4;

    // Of a JPEG: a block of 8 × 8 pixels takes at least one bit, in the first scan of a progressive file; twice that leaves room for odd samplings.
    private const int MostPixelsPerByte = 2 * 8 * 8 * 8;

    // Of a PNG: a pixel takes at least a bit, and deflate's best case is 1032 to 1.
    private const int MostPixelsPerPngByte = 8 * 1032;

    // Of libjpeg's transform.
    private const int Eighths = 8;

    public static RgbImage Decode(ReadOnlySpan<byte> bytes, bool isJpeg, string place, int? targetSide, Func<int, byte[]> allocate)
    {
        var kind = isJpeg ? "JPEG" : "PNG";
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data) ?? throw Broken(kind, place, SKCodecResult.ErrorInInput);
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        ImageDecoder.CheckSize(place, height, width);
        ImageDecoder.CheckLength(place, (long)height * width, (long)bytes.Length * (isJpeg ? MostPixelsPerByte : MostPixelsPerPngByte), height, width);
        var eighths = isJpeg && targetSide is { } side ? Fraction(codec, side) : Eighths;
        var size = codec.GetScaledDimensions((float)eighths / Eighths);
        var pixels = allocate(size.Height * size.Width * RgbImage.Channels);
        Read(codec, size, kind, place, pixels);
        return new RgbImage(size.Height, size.Width, pixels) { Extent = ((double)height * eighths / Eighths, (double)width * eighths / Eighths) };
    }

    // The smallest fraction, in eighths, of which both sides are still large enough.
    private static int Fraction(SKCodec codec, int side)
    {
        for (var eighths = 1; eighths < Eighths; eighths++)
        {
            var size = codec.GetScaledDimensions((float)eighths / Eighths);
            if (size.Height >= side && size.Width >= side) return eighths;
        }

        return Eighths;
    }

    private static unsafe void Read(SKCodec codec, SKSizeI size, string kind, string place, byte[] pixels)
    {
        // No premultiplied colours: transparency is dropped. No colour space: profiles are not applied.
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var four = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            SKCodecResult result;
            fixed (byte* first = four) result = codec.GetPixels(info, (IntPtr)first);
            if (result != SKCodecResult.Success) throw Broken(kind, place, result);
            for (var i = 0; i < size.Height * size.Width; i++) four.AsSpan(Channels * i, RgbImage.Channels).CopyTo(pixels.AsSpan(RgbImage.Channels * i));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(four);
        }
    }

    private static UsageException Broken(string kind, string place, SKCodecResult result) => ImageDecoder.Broken(place, result switch
    {
        SKCodecResult.IncompleteInput => $"the {kind} is broken: it ends early",
        SKCodecResult.Unimplemented or SKCodecResult.InvalidConversion => $"the {kind} is of a rare kind that Skia does not read",
        _ => $"the {kind} is broken",
    });
}
