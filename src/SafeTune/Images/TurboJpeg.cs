using System.Runtime.InteropServices;

namespace SafeTune.Images;

/// <summary>The functions of libturbojpeg (2.0 or newer; version 3 has them too) that decode.</summary>
internal static unsafe partial class TurboJpeg
{
    /// <summary>A pixel format: red, green, blue.</summary>
    public const int Rgb = 0;

    /// <summary>A pixel format: cyan, magenta, yellow, black.</summary>
    public const int Cmyk = 11;

    private const string Library = "libturbojpeg.so.0";
    private const int AccurateDct = 4096, StopOnWarning = 8192, LimitScans = 32768;

    /// <summary>The fractions of the full size that it decodes at; the full size first.</summary>
    public static (int Numerator, int Denominator)[] Scales()
    {
        var factors = tjGetScalingFactors(out var count);
        var pairs = new ReadOnlySpan<int>((void*)factors, 2 * count).ToArray();
        return [.. pairs.Chunk(2).Select(pair => (pair[0], pair[1])).Where(scale => scale.Item1 <= scale.Item2).OrderByDescending(scale => (double)scale.Item1 / scale.Item2)];
    }

    /// <summary>One decoder; not for several threads at once.</summary>
    public sealed class Decoder : IDisposable
    {
        private readonly IntPtr handle = tjInitDecompress();

        /// <summary>The size in the header, and whether the colours are those of print.</summary>
        /// <exception cref="InvalidDataException">The header is broken.</exception>
        public (int Height, int Width, bool IsCmyk) Header(ReadOnlySpan<byte> bytes)
        {
            const int cmyk = 3, ycck = 4;
            fixed (byte* data = bytes)
            {
                Check(tjDecompressHeader3(handle, data, (nuint)bytes.Length, out var width, out var height, out _, out var space));
                return (height, width, space is cmyk or ycck);
            }
        }

        /// <summary>Decodes.</summary>
        /// <param name="bytes">The file.</param>
        /// <param name="height">Of the full size, or of one of the <see cref="Scales"/>.</param>
        /// <param name="width">As the height.</param>
        /// <param name="format">Of the pixels.</param>
        /// <param name="pixels">Filled row by row, without gaps.</param>
        /// <exception cref="InvalidDataException">The data are broken, or less than all there: what would only be a warning.</exception>
        public void Decode(ReadOnlySpan<byte> bytes, int height, int width, int format, Span<byte> pixels)
        {
            fixed (byte* data = bytes, target = pixels)
                Check(tjDecompress2(handle, data, (nuint)bytes.Length, target, width, pitch: 0, height, format, AccurateDct | StopOnWarning | LimitScans));
        }

        public void Dispose() => _ = tjDestroy(handle);

        private void Check(int failed)
        {
            if (failed != 0) throw new InvalidDataException(Marshal.PtrToStringUTF8(tjGetErrorStr2(handle)) ?? "unknown error");
        }
    }

    [LibraryImport(Library)] private static partial IntPtr tjInitDecompress();
    [LibraryImport(Library)] private static partial int tjDestroy(IntPtr handle);
    [LibraryImport(Library)] private static partial IntPtr tjGetErrorStr2(IntPtr handle);
    [LibraryImport(Library)] private static partial IntPtr tjGetScalingFactors(out int count);
    [LibraryImport(Library)] private static partial int tjDecompressHeader3(IntPtr handle, byte* data, nuint size, out int width, out int height, out int subsampling, out int colourSpace);
    [LibraryImport(Library)] private static partial int tjDecompress2(IntPtr handle, byte* data, nuint size, byte* pixels, int width, int pitch, int height, int format, int flags);
}
