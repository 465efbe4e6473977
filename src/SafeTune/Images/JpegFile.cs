using System.Runtime.InteropServices;

namespace SafeTune.Images;

/// <summary>Decodes JPEG through libjpeg-turbo's TurboJPEG library: baseline and progressive, at full size or an eighth to seven eighths of it.</summary>
internal static class JpegFile
{
    private const string Again = "Get the file again, or convert it.";
    // TurboJPEG's constants.
    private const int Rgb = 0, Cmyk = 3, AccurateDct = 4096, StopOnWarning = 8192;

    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    public static Picture Decode(ReadOnlySpan<byte> file, string place, (int Height, int Width)? atLeast)
    {
        try
        {
            return Decompress(file, place, atLeast);
        }
        catch (DllNotFoundException missing)
        {
            throw new UsageException("JPEG images are read through libturbojpeg, which this machine lacks: sudo apt install libturbojpeg0.", missing);
        }
    }

    private static unsafe Picture Decompress(ReadOnlySpan<byte> file, string place, (int Height, int Width)? atLeast)
    {
        var decoder = TurboJpeg.InitDecompress();
        if (decoder == 0) throw new InvalidOperationException("libturbojpeg gives no decoder.");
        try
        {
            fixed (byte* bytes = file)
            {
                Check(decoder, place, TurboJpeg.DecompressHeader(decoder, bytes, (nuint)file.Length, out var width, out var height, out _, out var colours));
                // CMYK needs a profile to become red, green and blue.
                if (colours >= Cmyk) throw new UsageException($"{place}: it is a JPEG in CMYK, and only grey and colour (YCbCr, RGB) ones are read; convert it.");
                if ((long)width * height is <= 0 or > Picture.MostPixels) throw new UsageException($"{place}: it is said to have {height} × {width} pixels, more than any image that is read here. {Again}");
                (width, height) = Scaled(width, height, atLeast);
                var pixels = new byte[Picture.Channels * width * height];
                fixed (byte* target = pixels)
                    Check(decoder, place, TurboJpeg.Decompress(decoder, bytes, (nuint)file.Length, target, width, 0, height, Rgb, AccurateDct | StopOnWarning));
                return new Picture(height, width, pixels);
            }
        }
        finally
        {
            _ = TurboJpeg.Destroy(decoder);
        }
    }

    // The smallest of the library's fractions that is large enough.
    private static unsafe (int Width, int Height) Scaled(int width, int height, (int Height, int Width)? atLeast)
    {
        if (atLeast is not { } wanted) return (width, height);
        var factors = TurboJpeg.ScalingFactors(out var count);
        var best = (Width: width, Height: height);
        for (var i = 0; i < count; i++)
        {
            var (w, h) = (factors[i].Of(width), factors[i].Of(height));
            if (w >= wanted.Width && h >= wanted.Height && w < best.Width) best = (w, h);
        }

        return best;
    }

    private static void Check(nint decoder, string place, int status)
    {
        if (status != 0) throw new UsageException($"{place}: the JPEG is broken ({Marshal.PtrToStringUTF8(TurboJpeg.Error(decoder))}). {Again}");
    }
}

/// <summary>The functions of TurboJPEG 2 that are used; version 3 has them too.</summary>
internal static partial class TurboJpeg
{
    private const string Library = "libturbojpeg.so.0";

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    public static partial nint InitDecompress();

    [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
    public static unsafe partial int DecompressHeader(nint decoder, byte* bytes, nuint size, out int width, out int height, out int subsampling, out int colours);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    public static unsafe partial int Decompress(nint decoder, byte* bytes, nuint size, byte* target, int width, int pitch, int height, int format, int flags);

    [LibraryImport(Library, EntryPoint = "tjGetScalingFactors")]
    public static unsafe partial Fraction* ScalingFactors(out int count);

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    public static partial nint Error(nint decoder);

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint decoder);

    /// <summary>A fraction of a side, rounded up.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Fraction
    {
        public int Numerator, Denominator;

        public readonly int Of(int side) => ((side * Numerator) + Denominator - 1) / Denominator;
    }
}
