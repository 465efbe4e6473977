using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Checkpoints.Pickles;

/// <summary>The bytes of pickles, one after the other, from a part of a file. Nothing is allocated for lengths that the part does not hold.</summary>
/// <param name="file">The file that errors name.</param>
/// <param name="position">The first byte.</param>
/// <param name="end">One past the last byte; at most <see cref="MaxBytes"/> further on are read.</param>
internal sealed class PickleReader(BinaryFile file, long position, long end)
{
    /// <summary>Far more than the pickle of any checkpoint has: a tensor takes some 120 bytes, its numbers lie elsewhere.</summary>
    public const long MaxBytes = 100_000_000;

    // The longest line is that of a qualified name.
    private const int MaxLineBytes = 1000;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly long limit = Math.Min(end, position + MaxBytes);
    private readonly byte[] buffer = new byte[1 << 16];
    private long filePosition = position;
    private int next, filled;

    /// <summary>The next byte's place in the file.</summary>
    public long Position => filePosition - filled + next;

    public UsageException Bad(string what) => new($"{file.Path} is not a checkpoint that can be read: at byte {Position} of the file its pickle {what}.");

    public byte Byte()
    {
        if (next == filled) Refill();
        return buffer[next++];
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)(limit - Position))
            throw Bad($"claims {count} bytes where only {limit - Position} follow (of at most {MaxBytes} that are read): it is truncated or damaged");
        var bytes = new byte[count];
        for (var done = 0; done < bytes.Length;)
        {
            if (next == filled) Refill();
            var piece = Math.Min(filled - next, bytes.Length - done);
            buffer.AsSpan(next, piece).CopyTo(bytes.AsSpan(done));
            next += piece;
            done += piece;
        }
        return bytes;
    }

    public string Text(ulong count) => Decode(Bytes(count));

    /// <summary>Up to a line feed, which is left out.</summary>
    public string Line()
    {
        List<byte> line = [];
        while (Byte() is var value && value != '\n')
        {
            if (line.Count == MaxLineBytes) throw Bad($"has a line of more than {MaxLineBytes} bytes");
            line.Add(value);
        }
        return Decode([.. line]);
    }

    private string Decode(byte[] bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad("has a string that is not UTF-8");
        }
    }

    private void Refill()
    {
        var count = (int)Math.Min(buffer.Length, limit - filePosition);
        if (count <= 0) throw Bad($"does not end (at most {MaxBytes} bytes are read): it is truncated or damaged");
        file.Fill(buffer.AsSpan(0, count), filePosition, "its pickle");
        filePosition += count;
        (next, filled) = (0, count);
    }
}
