using System.Runtime.InteropServices;
using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>JPEG files, by libturbojpeg (2.0 or newer; version 3 has these functions too).</summary>
internal static unsafe partial class JpegFile
{
    private const string Library = "libturbojpeg.so.0";
    private const int Rgb = 0, FullColour = 0, Quality = 92, AccurateDct = 4096, NoReallocation = 1024;

    /// <exception cref="UsageException">libturbojpeg is not installed.</exception>
    public static void Write(string path, RgbImage image)
    {
        try
        {
            File.WriteAllBytes(path, Encoded(image));
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new UsageException(
                $"{path}: JPEG images need libturbojpeg 2.0 or newer, which is not installed; install it (Debian: apt install libturbojpeg0; Ubuntu: apt install libturbojpeg).", error);
        }
    }

    private static byte[] Encoded(RgbImage image)
    {
        IntPtr handle = tjInitCompress();
        byte[] bytes = new byte[tjBufSize(image.Width, image.Height, FullColour)];
        nuint size = (nuint)bytes.Length;
        try
        {
            fixed (byte* pixels = image.Pixels, first = bytes)
            {
                byte* target = first;
                int failed = tjCompress2(handle, pixels, image.Width, pitch: 0, image.Height, Rgb, &target, &size, FullColour, Quality, AccurateDct | NoReallocation);
                if (failed != 0)
                    throw new InvalidOperationException(Marshal.PtrToStringUTF8(tjGetErrorStr2(handle)));
            }
            return bytes[..(int)size];
        }
        finally
        {
            _ = tjDestroy(handle);
        }
    }

    [LibraryImport(Library)] private static partial IntPtr tjInitCompress();
    [LibraryImport(Library)] private static partial int tjDestroy(IntPtr handle);
    [LibraryImport(Library)] private static partial IntPtr tjGetErrorStr2(IntPtr handle);
    [LibraryImport(Library)] private static partial nuint tjBufSize(int width, int height, int subsampling);
    [LibraryImport(Library)] private static partial int tjCompress2(
        IntPtr handle, byte* pixels, int width, int pitch, int height, int format, byte** bytes, nuint* size, int subsampling, int quality, int flags);
}
