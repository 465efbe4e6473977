using System.Runtime.InteropServices;

namespace SafeTune.Tests.Images;

/// <summary>Writes JPEGs for tests, with libturbojpeg.</summary>
internal static unsafe partial class JpegWriter
{
    public const int Full = 0, Half = 1, Quarter = 2, Grey = 3;
    private const string Library = "libturbojpeg.so.0";

    /// <summary>Compresses pixels of three channels (RGB) or four (CMYK, complements as Adobe's).</summary>
    public static byte[] Write(int height, int width, byte[] pixels, int sampling = Quarter, int quality = 95, bool progressive = false)
    {
        const int rgb = 0, cmyk = 11, progressiveFlag = 16384;
        var handle = tjInitCompress();
        byte* target = null;
        nuint size = 0;
        fixed (byte* source = pixels)
        {
            var failed = tjCompress2(handle, source, width, 0, height, pixels.Length == 4 * height * width ? cmyk : rgb, ref target, ref size, sampling, quality, progressive ? progressiveFlag : 0);
            Assert.Equal(0, failed);
        }

        var bytes = new ReadOnlySpan<byte>(target, (int)size).ToArray();
        tjFree(target);
        _ = tjDestroy(handle);
        return bytes;
    }

    /// <summary>A picture with slopes and an edge: three channels, or four.</summary>
    public static byte[] Picture(int height, int width, int channels = 3)
    {
        var pixels = new byte[height * width * channels];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++) pixels[(((y * width) + x) * channels) + c] = (byte)((c == 0 ? x * 200 / width : c == 1 ? y * 200 / height : 100 + (x / 8 * 4)) % 256);
        return pixels;
    }

    [LibraryImport(Library)] private static partial IntPtr tjInitCompress();
    [LibraryImport(Library)] private static partial int tjCompress2(IntPtr handle, byte* source, int width, int pitch, int height, int format, ref byte* target, ref nuint size, int sampling, int quality, int flags);
    [LibraryImport(Library)] private static partial void tjFree(byte* buffer);
    [LibraryImport(Library)] private static partial int tjDestroy(IntPtr handle);
}
