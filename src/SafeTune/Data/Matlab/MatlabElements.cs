using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Data;

/// <summary>How an element's bytes are written.</summary>
internal enum MatlabType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
    Utf8 = 16,
    Utf16 = 17,
    Utf32 = 18,
}

/// <summary>A piece of the file: how it is written, and its bytes.</summary>
internal readonly record struct MatlabElement(MatlabType Type, ReadOnlyMemory<byte> Bytes, bool IsLittle)
{
    /// <summary>Bytes of a number; 0 where it holds none.</summary>
    public int Size => Type switch
    {
        MatlabType.Int8 or MatlabType.UInt8 or MatlabType.Utf8 => 1,
        MatlabType.Int16 or MatlabType.UInt16 or MatlabType.Utf16 => 2,
        MatlabType.Int32 or MatlabType.UInt32 or MatlabType.Single or MatlabType.Utf32 => 4,
        MatlabType.Double or MatlabType.Int64 or MatlabType.UInt64 => 8,
        _ => 0,
    };

    /// <summary>Its numbers.</summary>
    /// <exception cref="InvalidDataException">It holds none, or not whole ones.</exception>
    public double[] Numbers()
    {
        if (Size == 0 || Bytes.Length % Size != 0) throw new InvalidDataException(FormattableString.Invariant($"{Bytes.Length} bytes of type {Type} are no numbers"));
        var numbers = new double[Bytes.Length / Size];
        Span<byte> number = stackalloc byte[8];
        for (var i = 0; i < numbers.Length; i++)
        {
            var value = number[..Size];
            Bytes.Span.Slice(i * Size, Size).CopyTo(value);
            if (!IsLittle) value.Reverse();
            numbers[i] = Type switch
            {
                MatlabType.Int8 => (sbyte)value[0],
                MatlabType.UInt8 or MatlabType.Utf8 => value[0],
                MatlabType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(value),
                MatlabType.UInt16 or MatlabType.Utf16 => BinaryPrimitives.ReadUInt16LittleEndian(value),
                MatlabType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(value),
                MatlabType.UInt32 or MatlabType.Utf32 => BinaryPrimitives.ReadUInt32LittleEndian(value),
                MatlabType.Single => BinaryPrimitives.ReadSingleLittleEndian(value),
                MatlabType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(value),
                MatlabType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(value),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(value),
            };
        }

        return numbers;
    }

    /// <summary>Its characters.</summary>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public string Text() => Type switch
    {
        MatlabType.Utf8 => Encoding.UTF8.GetString(Bytes.Span),
        MatlabType.Utf32 => (IsLittle ? Encoding.UTF32 : new UTF32Encoding(bigEndian: true, byteOrderMark: false)).GetString(Bytes.Span),
        MatlabType.Int8 or MatlabType.UInt8 or MatlabType.UInt16 or MatlabType.Utf16 => string.Concat(Numbers().Select(number => (char)(ushort)(int)number)),
        _ => throw new InvalidDataException($"characters are of type {Type}"),
    };
}

/// <summary>Elements one after the other.</summary>
/// <param name="bytes">All of them.</param>
/// <param name="isLittle">Whether numbers begin with their lowest byte.</param>
internal sealed class MatlabElements(ReadOnlyMemory<byte> bytes, bool isLittle)
{
    private int at;

    /// <summary>The next one; null after the last.</summary>
    /// <exception cref="InvalidDataException">It is cut.</exception>
    public MatlabElement? Next()
    {
        if (at == bytes.Length) return null;
        if (bytes.Length - at < 8) throw new InvalidDataException(FormattableString.Invariant($"an element ends after {bytes.Length - at} bytes"));
        var (type, length, start) = (Word(at), Word(at + 4), at + 8);
        // Up to four bytes stand in the tag itself, behind a length of 16 bits.
        var isSmall = type >> 16 != 0;
        if (isSmall) (length, type, start) = (type >> 16, type & 0xFFFF, at + 4);
        if (isSmall ? length > 4 : length > bytes.Length - start) throw new InvalidDataException(FormattableString.Invariant($"an element claims {length} bytes where {bytes.Length - start} are left"));
        if (!Enum.IsDefined((MatlabType)type)) throw new InvalidDataException(FormattableString.Invariant($"an element is of the unknown type {type}"));
        var element = new MatlabElement((MatlabType)type, bytes.Slice(start, (int)length), isLittle);
        var end = isSmall ? at + 8L : start + (long)length;
        // Elements begin at multiples of 8 bytes, but not after compressed ones.
        at = (int)Math.Min(bytes.Length, element.Type == MatlabType.Compressed ? end : (end + 7) / 8 * 8);
        return element;
    }

    private uint Word(int position) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[position..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[position..]);
}
