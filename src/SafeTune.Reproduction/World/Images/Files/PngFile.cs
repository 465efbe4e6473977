using System.Buffers.Binary;
using System.IO.Compression;
using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>PNG files of eight bits a channel, neither filtered nor compressed: noise would not get smaller, and other versions of zlib would write other bytes.</summary>
internal static class PngFile
{
    private static readonly uint[] Checksums = [.. Enumerable.Range(0, 256).Select(value =>
    {
        uint sum = (uint)value;
        for (int bit = 0; bit < 8; bit++)
            sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB88320;
        return sum;
    })];

    public static void Write(string path, RgbImage image)
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        // Eight bits, red green blue, deflate, the only filtering, not interlaced.
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, Packed(image));
        Chunk(file, "IEND"u8, []);
        File.WriteAllBytes(path, file.ToArray());
    }

    private static byte[] Packed(RgbImage image)
    {
        using var bytes = new MemoryStream();
        using (var packed = new ZLibStream(bytes, CompressionLevel.NoCompression))
        {
            foreach (byte[] row in image.Pixels.Chunk(image.Width * RgbImage.Channels))
                packed.Write([0, .. row]);
        }
        return bytes.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> kind, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] body = [.. kind, .. data];
        file.Write(body);
        uint sum = uint.MaxValue;
        foreach (byte value in body)
            sum = Checksums[(byte)(sum ^ value)] ^ (sum >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~sum);
        file.Write(number);
    }
}
