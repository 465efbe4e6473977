using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SafeTune.Images;

/// <summary>Resizes as Pillow does: by convolution, which averages when it reduces, first along the rows and then along the columns, in whole numbers.</summary>
public static class ImageResizer
{
    private const int Channels = RgbImage.Channels, Lanes = 8;

    /// <summary>Resizes an image; one that has the size already is returned as it is.</summary>
    /// <param name="image">What to resize.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="filter">What weighs the pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is not positive, or the result is larger than an array.</exception>
    public static RgbImage Resize(RgbImage image, int height, int width, ImageFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * Math.Max(height, image.Height) * Channels, Array.MaxLength);
        var acrossRows = width != image.Width || image.Extent.Width != width;
        var acrossColumns = height != image.Height || image.Extent.Height != height;
        if (!acrossRows && !acrossColumns) return image;

        var result = GC.AllocateUninitializedArray<byte>(height * width * Channels);
        if (!acrossColumns)
        {
            Horizontal(image, width, filter, result);
            return new RgbImage(height, width, result);
        }

        if (!acrossRows)
        {
            Vertical(image.Pixels, image, height, width, filter, result);
            return new RgbImage(height, width, result);
        }

        var between = ArrayPool<byte>.Shared.Rent(image.Height * width * Channels);
        Horizontal(image, width, filter, between);
        Vertical(between, image, height, width, filter, result);
        ArrayPool<byte>.Shared.Return(between);
        return new RgbImage(height, width, result);
    }

    // Two rows at a time: red, green, blue and nothing of one, then of the other.
    private static void Horizontal(RgbImage image, int width, ImageFilter filter, Span<byte> result)
    {
        var weights = new ResampleWeights(image.Width, image.Extent.Width, width, filter);
        var pair = ArrayPool<int>.Shared.Rent(image.Width * Lanes);
        var (from, to) = (image.Width * Channels, width * Channels);
        for (var y = 0; y < image.Height; y += 2)
        {
            var hasSecond = y + 1 < image.Height;
            var first = image.Pixels.AsSpan(y * from, from);
            Widen(first, hasSecond ? image.Pixels.AsSpan((y + 1) * from, from) : first, pair);
            var upper = result.Slice(y * to, to);
            var lower = hasSecond ? result.Slice((y + 1) * to, to) : upper;
            for (var x = 0; x < width; x++)
            {
                var taps = weights.Of(x, out var start);
                ref var source = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(pair), start * Lanes);
                var sum = Vector256.Create(ResampleWeights.Half);
                for (var k = 0; k < taps.Length; k++) sum += Vector256.LoadUnsafe(ref source, (nuint)(k * Lanes)) * taps[k];
                var colours = Clip(sum);
                for (var c = 0; c < Channels; c++)
                {
                    lower[(x * Channels) + c] = (byte)colours.GetElement(c + 4);
                    upper[(x * Channels) + c] = (byte)colours.GetElement(c);
                }
            }
        }

        ArrayPool<int>.Shared.Return(pair);
    }

    private static void Widen(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<int> pair)
    {
        var (i, at) = (0, 0);
        // The fourth byte is the next pixel's: it lands in a lane that nobody reads.
        for (; i <= first.Length - 4; i += Channels, at += Lanes)
            Widen(MemoryMarshal.Read<uint>(first[i..]) | ((ulong)MemoryMarshal.Read<uint>(second[i..]) << 32)).CopyTo(pair[at..]);
        for (var c = 0; c < Channels; c++) (pair[at + c], pair[at + c + 4]) = (first[i + c], second[i + c]);
    }

    private static Vector256<int> Widen(ulong bytes) =>
        Vector256.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(bytes).AsByte()).ToVector256Unsafe()).AsInt32();

    private static void Vertical(byte[] source, RgbImage image, int height, int width, ImageFilter filter, byte[] result)
    {
        var weights = new ResampleWeights(image.Height, image.Extent.Height, height, filter);
        var row = width * Channels;
        for (var y = 0; y < height; y++)
        {
            var taps = weights.Of(y, out var first);
            var rows = source.AsSpan(first * row, taps.Length * row);
            var target = result.AsSpan(y * row, row);
            var x = 0;
            for (; x <= row - Lanes; x += Lanes) MemoryMarshal.Write(target[x..], Eight(rows[x..], row, taps));
            for (; x < row; x++)
            {
                var sum = ResampleWeights.Half;
                for (var k = 0; k < taps.Length; k++) sum += rows[(k * row) + x] * taps[k];
                target[x] = (byte)Math.Clamp(sum >> ResampleWeights.Precision, 0, 255);
            }
        }
    }

    private static ulong Eight(ReadOnlySpan<byte> rows, int row, ReadOnlySpan<int> taps)
    {
        var sum = Vector256.Create(ResampleWeights.Half);
        for (var k = 0; k < taps.Length; k++) sum += Widen(MemoryMarshal.Read<ulong>(rows[(k * row)..])) * taps[k];
        var colours = Clip(sum);
        var words = Vector128.Narrow(colours.GetLower(), colours.GetUpper()).AsUInt16();
        return Vector128.Narrow(words, words).AsUInt64().ToScalar();
    }

    private static Vector256<int> Clip(Vector256<int> sum) =>
        Vector256.Min(Vector256.Max(sum >> ResampleWeights.Precision, Vector256<int>.Zero), Vector256.Create(255));
}
