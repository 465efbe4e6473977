using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SafeTune.Tests.Images;

/// <summary>Writes PNGs of every kind for tests.</summary>
internal static class PngWriter
{
    private static readonly (int Left, int Top, int Right, int Down)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static int Samples(int colour) => colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>A PNG.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="depth">Bits of a sample.</param>
    /// <param name="colour">The colour type.</param>
    /// <param name="sample">The value of a sample: row, column, channel.</param>
    /// <param name="filter">0 to 4, of every row; 5 = each in turn.</param>
    /// <param name="interlaced">Whether by Adam7.</param>
    /// <param name="before">Chunks before the data.</param>
    public static byte[] Write(int height, int width, int depth, int colour, Func<int, int, int, int> sample, int filter = 0, bool interlaced = false, params (string Name, byte[] Content)[] before)
    {
        using var rows = new MemoryStream();
        foreach (var (left, top, right, down) in interlaced ? Adam7 : [(0, 0, 1, 1)])
        {
            if (left >= width) continue;
            byte[]? above = null;
            for (var y = top; y < height; y += down)
            {
                var row = Pack(Enumerable.Range(0, width).Where(x => x >= left && (x - left) % right == 0).SelectMany(x => Enumerable.Range(0, Samples(colour)).Select(c => sample(y, x, c))), depth);
                var kind = filter == 5 ? y % 5 : filter;
                rows.WriteByte((byte)kind);
                rows.Write(Filtered(row, above ?? new byte[row.Length], kind, Math.Max(1, depth * Samples(colour) / 8)));
                above = row;
            }
        }

        byte[] header = [.. Number(width), .. Number(height), (byte)depth, (byte)colour, 0, 0, (byte)(interlaced ? 1 : 0)];
        var data = Compressed(rows.ToArray());
        // In two pieces, as large files have them.
        return File([("IHDR", header), .. before, ("IDAT", data[..(data.Length / 2)]), ("IDAT", data[(data.Length / 2)..]), ("IEND", [])]);
    }

    /// <summary>The signature and the chunks, with their checksums.</summary>
    public static byte[] File(IEnumerable<(string Name, byte[] Content)> chunks)
    {
        List<byte> bytes = [0x89, .. "PNG\r\n\u001A\n"u8];
        foreach (var (name, content) in chunks)
        {
            byte[] named = [.. Encoding.ASCII.GetBytes(name), .. content];
            bytes.AddRange([.. Number(content.Length), .. named, .. Number((int)Crc32.Append(0, named))]);
        }

        return [.. bytes];
    }

    public static byte[] Compressed(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.Optimal)) zlib.Write(bytes);
        return target.ToArray();
    }

    public static byte[] Number(int value)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Pack(IEnumerable<int> samples, int depth)
    {
        List<byte> bytes = [];
        var (bits, held) = (0, 0);
        foreach (var sample in samples)
        {
            (held, bits) = ((held << depth) | sample, bits + depth);
            for (; bits >= 8; bits -= 8) bytes.Add((byte)(held >> (bits - 8)));
            held &= (1 << bits) - 1;
        }

        if (bits > 0) bytes.Add((byte)(held << (8 - bits)));
        return [.. bytes];
    }

    private static byte[] Filtered(byte[] row, byte[] above, int kind, int step) => [.. row.Select((value, i) =>
    {
        var (left, up, corner) = (i < step ? 0 : row[i - step], above[i], i < step ? 0 : above[i - step]);
        return (byte)(value - (kind switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => Nearest(left, up, corner), _ => 0 }));
    })];

    // The first of the three that is nearest to left + up - corner.
    private static int Nearest(int left, int up, int corner) => new[] { left, up, corner }.MinBy(value => Math.Abs(left + up - corner - value));
}
