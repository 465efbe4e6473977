namespace SafeTune.Images;

/// <summary>JPEG files, by libturbojpeg: its full-size result is libjpeg's with the accurate transform, as Pillow's is.</summary>
internal static class JpegDecoder
{
    // A block of 8 × 8 pixels takes at least one bit, in the first scan of a progressive file; twice that leaves room for odd samplings.
    private const int MostPixelsPerByte = 2 * 8 * 8 * 8;
    private static readonly Lazy<(int Numerator, int Denominator)[]> Scales = new(TurboJpeg.Scales);

    public static bool Recognises(ReadOnlySpan<byte> bytes) => bytes is [0xFF, 0xD8, 0xFF, ..];

    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string place, int? targetSide, Func<int, byte[]> allocate)
    {
        try
        {
            using var decoder = new TurboJpeg.Decoder();
            var (height, width, isCmyk) = decoder.Header(bytes);
            ImageDecoder.CheckSize(place, height, width);
            ImageDecoder.CheckLength(place, (long)height * width, (long)bytes.Length * MostPixelsPerByte, height, width);
            var (numerator, denominator) = targetSide is { } side ? Scale(height, width, side) : (1, 1);
            var (rows, columns) = (Scaled(height, numerator, denominator), Scaled(width, numerator, denominator));
            var pixels = allocate(rows * columns * RgbImage.Channels);
            if (isCmyk) DecodeCmyk(decoder, bytes, rows, columns, pixels);
            else decoder.Decode(bytes, rows, columns, TurboJpeg.Rgb, pixels);
            return new RgbImage(rows, columns, pixels) { Extent = ((double)height * numerator / denominator, (double)width * numerator / denominator) };
        }
        catch (InvalidDataException error)
        {
            throw ImageDecoder.Broken(place, $"the JPEG is broken or of a rare kind (libturbojpeg: {error.Message.TrimEnd('.')})", error);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new UsageException($"{place}: JPEG images need libturbojpeg 2.0 or newer, which is not installed; install it (Debian: apt install libturbojpeg0; Ubuntu: apt install libturbojpeg).", error);
        }
    }

    private static (int Numerator, int Denominator) Scale(int height, int width, int side) => Scales.Value
        .TakeWhile(scale => Scaled(height, scale.Numerator, scale.Denominator) >= side && Scaled(width, scale.Numerator, scale.Denominator) >= side)
        .LastOrDefault((1, 1));

    // libjpeg rounds up.
    private static int Scaled(int side, int numerator, int denominator) => (int)((((long)side * numerator) + denominator - 1) / denominator);

    // Files hold the complements of the inks, as Adobe writes them; the conversion is Pillow's.
    private static void DecodeCmyk(TurboJpeg.Decoder decoder, ReadOnlySpan<byte> bytes, int height, int width, byte[] pixels)
    {
        const int inks = 4;
        var paints = GC.AllocateUninitializedArray<byte>(checked(height * width * inks));
        decoder.Decode(bytes, height, width, TurboJpeg.Cmyk, paints);
        for (var pixel = 0; pixel < height * width; pixel++)
        {
            var white = paints[(pixel * inks) + 3];
            for (var c = 0; c < RgbImage.Channels; c++)
            {
                var product = ((255 - paints[(pixel * inks) + c]) * white) + 128;
                pixels[(pixel * RgbImage.Channels) + c] = (byte)Math.Max(0, white - ((product + (product >> 8)) >> 8));
            }
        }
    }
}
