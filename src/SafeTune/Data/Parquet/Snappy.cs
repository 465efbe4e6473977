using System.Buffers.Binary;

namespace SafeTune.Data;

/// <summary>Unpacks Snappy's raw format (https://github.com/google/snappy/blob/main/format_description.txt).</summary>
internal static class Snappy
{
    // Three bytes copy at most 64.
    private const long MostPacked = 22;

    /// <param name="packed">The compressed bytes.</param>
    /// <param name="length">What they must unpack to.</param>
    /// <exception cref="InvalidDataException">They are damaged, or unpack to another length.</exception>
    public static byte[] Unpack(ReadOnlySpan<byte> packed, int length)
    {
        var at = 0;
        var claimed = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            if (at == packed.Length || shift > 28) throw Damaged("its length is cut");
            var part = packed[at++];
            claimed |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) break;
        }

        if (claimed != (ulong)length) throw Damaged(FormattableString.Invariant($"it claims {claimed} bytes, its page {length}"));
        if (length > MostPacked * packed.Length) throw Damaged(FormattableString.Invariant($"{packed.Length} bytes cannot hold {length}"));
        var bytes = new byte[length];
        var made = 0;
        while (at < packed.Length)
        {
            var tag = packed[at++];
            var kind = tag & 3;
            if (kind == 0)
            {
                var count = Literal(packed, tag, ref at);
                if (count > packed.Length - at || count > length - made) throw Damaged("a literal is longer than what is left");
                packed.Slice(at, (int)count).CopyTo(bytes.AsSpan(made));
                (at, made) = (at + (int)count, made + (int)count);
            }
            else
            {
                var (count, offset) = Copy(packed, tag, kind, ref at);
                if (offset == 0 || offset > made || count > length - made) throw Damaged("a copy reaches beyond what there is");
                var from = made - (int)offset;
                // Where they overlap, the copy repeats what it has just written.
                if (count <= offset) bytes.AsSpan(from, count).CopyTo(bytes.AsSpan(made));
                else for (var i = 0; i < count; i++) bytes[made + i] = bytes[from + i];
                made += count;
            }
        }

        return made == length ? bytes : throw Damaged(FormattableString.Invariant($"it holds {made} bytes of {length}"));
    }

    private static long Literal(ReadOnlySpan<byte> packed, byte tag, ref int at)
    {
        var size = tag >> 2;
        if (size < 60) return size + 1;
        var count = 0L;
        for (var i = 0; i < size - 59; i++) count |= (long)At(packed, at++) << (8 * i);
        return count + 1;
    }

    private static (int Count, uint Offset) Copy(ReadOnlySpan<byte> packed, byte tag, int kind, ref int at)
    {
        var size = kind == 1 ? 1 : kind == 2 ? 2 : 4;
        if (size > packed.Length - at) throw Damaged("a copy is cut");
        var operand = packed.Slice(at, size);
        at += size;
        return kind switch
        {
            1 => (4 + ((tag >> 2) & 7), (uint)((tag >> 5) << 8 | operand[0])),
            2 => (1 + (tag >> 2), BinaryPrimitives.ReadUInt16LittleEndian(operand)),
            _ => (1 + (tag >> 2), BinaryPrimitives.ReadUInt32LittleEndian(operand)),
        };
    }

    private static byte At(ReadOnlySpan<byte> packed, int at) => at < packed.Length ? packed[at] : throw Damaged("a literal is cut");

    private static InvalidDataException Damaged(string what) => new($"a page's Snappy data is damaged: {what}");
}
