using System.IO.Compression;

namespace SafeTune.Images;

/// <summary>PNG files of every colour type, depth and filter, interlaced or not.</summary>
/// <remarks>
/// Our own, because libpng reports errors by longjmp, which must not cross managed frames, and its simplified interface mixes transparency into the colours, which Pillow does not.
/// The runtime brings the one hard part, zlib. W3C, "Portable Network Graphics (PNG) Specification", 2003.
/// </remarks>
internal static class PngDecoder
{
    // Deflate's best case.
    private const int MostRatio = 1032;

    private static readonly (int Left, int Top, int Right, int Down)[] Plain = [(0, 0, 1, 1)];

    private static readonly (int Left, int Top, int Right, int Down)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static bool Recognises(ReadOnlySpan<byte> bytes) => PngFile.Recognises(bytes);

    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string place, Func<int, byte[]> allocate)
    {
        var file = PngFile.Read(bytes, place);
        var bits = file.Depth * file.Samples;
        ImageDecoder.CheckLength(place, (((long)file.Width * bits) + 7) / 8 * file.Height, (file.CompressedLength + 1L) * MostRatio, file.Height, file.Width);
        var pixels = allocate(file.Height * file.Width * RgbImage.Channels);
        using var rows = new ZLibStream(file.Compressed(), CompressionMode.Decompress);
        try
        {
            foreach (var pass in file.IsInterlaced ? Adam7 : Plain) ReadPass(file, rows, pass, pixels);
            // The checksum at the end is compared when the end is read.
            _ = rows.ReadByte();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw ImageDecoder.Broken(place, $"the PNG is broken: {error.Message.TrimEnd('.')}", error);
        }

        return new RgbImage(file.Height, file.Width, pixels);
    }

    private static void ReadPass(PngFile file, Stream source, (int Left, int Top, int Right, int Down) pass, byte[] pixels)
    {
        var columns = (file.Width - pass.Left + pass.Right - 1) / pass.Right;
        if (columns <= 0) return;
        var bits = file.Depth * file.Samples;
        var length = ((columns * bits) + 7) / 8;
        // A byte of filter before each row.
        var (row, above) = (new byte[length + 1], new byte[length + 1]);
        for (var y = pass.Top; y < file.Height; y += pass.Down)
        {
            if (source.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length) throw new InvalidDataException($"its data end in row {y} of {file.Height}");
            Unfilter(row[0], row.AsSpan(1), above.AsSpan(1), Math.Max(1, bits / 8));
            var target = pixels.AsSpan(((y * file.Width) + pass.Left) * RgbImage.Channels);
            if (file is { Colour: PngColour.Rgb, Depth: 8, IsInterlaced: false }) row.AsSpan(1).CopyTo(target);
            else Spread(file, row.AsSpan(1), columns, target, pass.Right * RgbImage.Channels);
            (row, above) = (above, row);
        }
    }

    private static void Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (var i = step; i < row.Length; i++) row[i] += row[i - step];
                break;
            case 2:
                for (var i = 0; i < row.Length; i++) row[i] += above[i];
                break;
            case 3:
                for (var i = 0; i < row.Length; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) >> 1);
                break;
            case 4:
                for (var i = 0; i < row.Length; i++) row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]);
                break;
            default:
                throw new InvalidDataException($"a row has the filter {filter}; expected 0 to 4");
        }
    }

    private static byte Paeth(byte left, byte up, byte corner)
    {
        var (toLeft, toUp, toCorner) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static void Spread(PngFile file, ReadOnlySpan<byte> row, int columns, Span<byte> target, int stride)
    {
        var (depth, samples) = (file.Depth, file.Samples);
        for (var x = 0; x < columns; x++)
        {
            var pixel = target.Slice(x * stride, RgbImage.Channels);
            var first = Sample(row, x * samples, depth);
            switch (file.Colour)
            {
                case PngColour.Palette:
                    if (3 * first >= file.Palette.Length) throw new InvalidDataException($"a pixel has the colour {first}, and the palette {file.Palette.Length / 3} colours");
                    file.Palette.AsSpan(3 * first, 3).CopyTo(pixel);
                    break;
                case PngColour.Grey or PngColour.GreyAlpha:
                    pixel.Fill((byte)(depth < 8 ? first * 255 / ((1 << depth) - 1) : first));
                    break;
                default:
                    (pixel[0], pixel[1], pixel[2]) = ((byte)first, (byte)Sample(row, (x * samples) + 1, depth), (byte)Sample(row, (x * samples) + 2, depth));
                    break;
            }
        }
    }

    // The upper byte of 16 bits.
    private static int Sample(ReadOnlySpan<byte> row, int index, int depth) => depth switch
    {
        8 => row[index],
        16 => row[2 * index],
        _ => (row[(index * depth) >> 3] >> (8 - depth - ((index * depth) & 7))) & ((1 << depth) - 1),
    };
}
