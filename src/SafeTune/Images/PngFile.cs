using System.Buffers.Binary;
using System.IO.Compression;
using SafeTune.Checkpoints.Pickles;

namespace SafeTune.Images;

/// <summary>Decodes PNG (ISO/IEC 15948): all colour types, bit depths and interlacing.</summary>
/// <remarks>Our own, since a PNG is .NET's own ZLibStream and five filters: no library to install.</remarks>
internal static class PngFile
{
    private const string Again = "Get the file again, or convert it.";

    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public static Picture Decode(ReadOnlySpan<byte> file, string place)
    {
        PngHeader? header = null;
        byte[] palette = [];
        using var packed = new MemoryStream();
        var rest = file[Signature.Length..];
        while (true)
        {
            if (rest.Length < 12) throw Broken(place, "it ends within a chunk");
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > (uint)(rest.Length - 12)) throw Broken(place, "a chunk is longer than the file");
            var name = rest[4..8];
            var data = rest.Slice(8, (int)length);
            if (Crc32.Append(0, rest.Slice(4, 4 + (int)length)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..])) throw Broken(place, "a checksum does not fit");
            rest = rest[(12 + (int)length)..];
            if (name.SequenceEqual("IHDR"u8)) header = PngHeader.Read(data) ?? throw Broken(place, "its header is none that the standard knows");
            else if (name.SequenceEqual("PLTE"u8)) palette = data.ToArray();
            else if (name.SequenceEqual("IDAT"u8)) packed.Write(data);
            else if (name.SequenceEqual("IEND"u8)) break;
            else if ((name[0] & 0x20) == 0) throw Broken(place, "it needs a feature that is not known");
        }

        if (header is not { } image) throw Broken(place, "it has no header");
        if ((long)image.Width * image.Height > Picture.MostPixels) throw new UsageException($"{place}: it is said to have {image.Height} × {image.Width} pixels, more than any image that is read here. {Again}");
        // Deflate shrinks at most about a thousandfold.
        if (image.Bytes > 1100 * (packed.Length + 64)) throw Broken(place, "it holds less than its size asks for");
        packed.Position = 0;
        using var stream = new ZLibStream(packed, CompressionMode.Decompress);
        return new Picture(image.Height, image.Width, Pixels(stream, image, palette, place));
    }

    private static byte[] Pixels(ZLibStream stream, PngHeader image, byte[] palette, string place)
    {
        var pixels = new byte[Picture.Channels * image.Width * image.Height];
        foreach (var pass in image.Passes())
        {
            var stride = image.RowBytes(pass.Width);
            var (row, above) = (new byte[stride], new byte[stride]);
            for (var y = 0; y < pass.Height; y++)
            {
                Read(stream, row, image, above, place);
                for (var x = 0; x < pass.Width; x++)
                {
                    var at = Picture.Channels * (((pass.Top + (y * pass.StepY)) * image.Width) + pass.Left + (x * pass.StepX));
                    if (!image.Colour(row, x, palette, pixels.AsSpan(at, Picture.Channels))) throw Broken(place, "a pixel lies outside the palette");
                }

                (row, above) = (above, row);
            }
        }

        return pixels;
    }

    private static void Read(ZLibStream stream, byte[] row, PngHeader image, byte[] above, string place)
    {
        int filter;
        try
        {
            filter = stream.ReadByte();
            stream.ReadExactly(row);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Broken(place, "its pixels end early or cannot be unpacked", error);
        }

        var step = image.FilterStep;
        for (var i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = above[i], corner = i >= step ? above[i - step] : 0;
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => (byte)up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, corner),
                _ => throw Broken(place, "a row has a filter that the standard does not know"),
            };
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    private static UsageException Broken(string place, string how, Exception? inner = null) => new($"{place}: the PNG is broken: {how}. {Again}", inner);
}

/// <summary>What a PNG's header says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits of a sample.</param>
/// <param name="Type">0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha.</param>
/// <param name="IsInterlaced">By Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int Type, bool IsInterlaced)
{
    // First column and row, and steps, of Adam7's passes.
    private static readonly (int Left, int Top, int StepX, int StepY)[] Adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private int Samples => Type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Bytes from a sample to the same one of the pixel on its left.</summary>
    public int FilterStep => Math.Max(1, Samples * Depth / 8);

    /// <summary>Bytes of all rows, about.</summary>
    public long Bytes => (long)RowBytes(Width) * Height;

    public static PngHeader? Read(ReadOnlySpan<byte> data)
    {
        if (data.Length != 13) return null;
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        int depth = data[8], type = data[9];
        var isKnown = type switch { 0 => depth is 1 or 2 or 4 or 8 or 16, 3 => depth is 1 or 2 or 4 or 8, 2 or 4 or 6 => depth is 8 or 16, _ => false };
        return isKnown && width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue && data[10] == 0 && data[11] == 0 && data[12] <= 1 && width <= Picture.MostPixels
            ? new PngHeader((int)width, (int)height, depth, type, data[12] == 1) : null;
    }

    public int RowBytes(int width) => (int)((((long)width * Samples * Depth) + 7) / 8);

    public IEnumerable<(int Left, int Top, int StepX, int StepY, int Width, int Height)> Passes()
    {
        foreach (var (left, top, stepX, stepY) in IsInterlaced ? Adam7 : [(0, 0, 1, 1)])
        {
            var (width, height) = ((Width - left + stepX - 1) / stepX, (Height - top + stepY - 1) / stepY);
            if (width > 0 && height > 0) yield return (left, top, stepX, stepY, width, height);
        }
    }

    /// <summary>Writes the colour of a pixel of a row; false where the palette has none.</summary>
    public bool Colour(byte[] row, int x, byte[] palette, Span<byte> rgb)
    {
        if (Type == 3)
        {
            var entry = Picture.Channels * Sample(row, x, 0);
            if (entry + Picture.Channels > palette.Length) return false;
            palette.AsSpan(entry, Picture.Channels).CopyTo(rgb);
            return true;
        }

        // Few bits are spread over the range of eight; of sixteen the upper eight count.
        var spread = Depth < 8 ? 255 / ((1 << Depth) - 1) : 1;
        for (var c = 0; c < Picture.Channels; c++) rgb[c] = (byte)(Sample(row, x, Type is 2 or 6 ? c : 0) * spread);
        return true;
    }

    private int Sample(byte[] row, int x, int channel)
    {
        if (Depth >= 8) return row[((x * Samples) + channel) * Depth / 8];
        var bit = x * Depth;
        return (row[bit / 8] >> (8 - Depth - (bit % 8))) & ((1 << Depth) - 1);
    }
}
