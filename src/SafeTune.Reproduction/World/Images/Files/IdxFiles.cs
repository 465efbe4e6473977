using System.Buffers.Binary;
using System.IO.Compression;
using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Fashion-MNIST's gzip idx files.</summary>
internal static class IdxFiles
{
    /// <summary>Writes images and labels of both splits; of a pixel, which is grey but for noise, the red value is kept.</summary>
    public static void Write(string folder, Drawn[] train, Drawn[] test)
    {
        foreach (var (prefix, rows) in (ReadOnlySpan<(string, Drawn[])>)[("train", train), ("t10k", test)])
        {
            Write(Path.Combine(folder, $"{prefix}-images-idx3-ubyte.gz"), [rows.Length, rows[0].Image.Height, rows[0].Image.Width],
                rows.SelectMany(row => Planes.Of(row.Image, channel: 0)));
            Write(Path.Combine(folder, $"{prefix}-labels-idx1-ubyte.gz"), [rows.Length], rows.Select(row => (byte)row.Class));
        }
    }

    private static void Write(string path, ReadOnlySpan<int> shape, IEnumerable<byte> values)
    {
        byte[] header = new byte[4 + 4 * shape.Length];
        (header[2], header[3]) = (8, (byte)shape.Length);
        for (int i = 0; i < shape.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), shape[i]);
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        packed.Write([.. header, .. values]);
    }
}
