using System.Text;

namespace SafeTune.Data;

/// <summary>Types of Thrift's compact protocol; a flag's value is its type.</summary>
internal enum ThriftType
{
    Stop = 0,
    True = 1,
    False = 2,
    Int8 = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>A field of a struct, or an item of a list (number 0), whose value comes next.</summary>
internal readonly record struct ThriftField(int Number, ThriftType Type);

/// <summary>Thrift's compact protocol, in which parquet's footer and page headers are written. Nothing is allocated that the bytes cannot hold.</summary>
/// <remarks>https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md</remarks>
/// <param name="stream">Read from where it stands.</param>
/// <param name="most">Bytes that may be read.</param>
internal sealed class ThriftReader(Stream stream, long most)
{
    private const int Deepest = 32;

    /// <summary>Bytes that are left.</summary>
    public long Left { get; private set; } = most;

    /// <summary>The fields of a struct; each value is to be read, or skipped, before the next.</summary>
    public IEnumerable<ThriftField> Fields()
    {
        var number = 0;
        while (true)
        {
            var header = Byte();
            var type = TypeOf(header & 0xF);
            if (type == ThriftType.Stop) yield break;
            number = header >> 4 is > 0 and var step ? number + step : (int)Math.Clamp(Signed(), 0, short.MaxValue);
            yield return new ThriftField(number, type);
        }
    }

    /// <summary>The items of a list, as fields.</summary>
    public IEnumerable<ThriftField> Items(ThriftField field)
    {
        Expect(field.Type is ThriftType.List or ThriftType.Set, field, "a list");
        var header = Byte();
        var (count, type) = (header >> 4 is < 15 and var few ? (ulong)few : Unsigned(), TypeOf(header & 0xF));
        // An item takes a byte at least.
        if (count > (ulong)Left) throw new InvalidDataException(FormattableString.Invariant($"a list claims {count} items in {Left} bytes"));
        for (; count > 0; count--) yield return new ThriftField(0, type);
    }

    /// <summary>The fields of a struct that is a field.</summary>
    public IEnumerable<ThriftField> Fields(ThriftField field)
    {
        Expect(field.Type == ThriftType.Struct, field, "a struct");
        return Fields();
    }

    public long Integer(ThriftField field)
    {
        Expect(field.Type is ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64, field, "a whole number");
        return Signed();
    }

    /// <summary>A whole number that counts or measures something.</summary>
    public int Count(ThriftField field) => Integer(field) is >= 0 and <= int.MaxValue and var count ? (int)count : throw new InvalidDataException("a count or size is negative or above 2,147,483,647");

    public static bool Flag(ThriftField field)
    {
        Expect(field.Type is ThriftType.True or ThriftType.False, field, "true or false");
        return field.Type == ThriftType.True;
    }

    public string Text(ThriftField field)
    {
        Expect(field.Type == ThriftType.Binary, field, "text");
        var bytes = new byte[Length()];
        stream.ReadExactly(bytes);
        Left -= bytes.Length;
        return Encoding.UTF8.GetString(bytes);
    }

    public void Skip(ThriftField field) => Skip(field.Type, inList: field.Number == 0, depth: 0);

    private void Skip(ThriftType type, bool inList, int depth)
    {
        if (depth > Deepest) throw new InvalidDataException(FormattableString.Invariant($"its structs are nested more than {Deepest} deep"));
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                if (inList) Byte();
                break;
            case ThriftType.Int8: Byte(); break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64: Unsigned(); break;
            case ThriftType.Double: Pass(sizeof(double)); break;
            case ThriftType.Binary: Pass(Length()); break;
            case ThriftType.List or ThriftType.Set:
                foreach (var item in Items(new ThriftField(0, type))) Skip(item.Type, inList: true, depth + 1);
                break;
            case ThriftType.Struct:
                foreach (var field in Fields()) Skip(field.Type, inList: false, depth + 1);
                break;
            default: throw new InvalidDataException("its metadata has a map, which parquet's never has");
        }
    }

    private void Pass(int bytes)
    {
        for (; bytes > 0; bytes--) Byte();
    }

    private int Length() => Unsigned() is var length && length <= (ulong)Math.Min(Left, Array.MaxLength)
        ? (int)length
        : throw new InvalidDataException(FormattableString.Invariant($"a text of {length} bytes is claimed where {Left} are left"));

    private long Signed() => Unsigned() is var value ? (long)(value >> 1) ^ -(long)(value & 1) : 0;

    private ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("a number in its metadata has more than ten bytes");
    }

    private byte Byte()
    {
        var value = Left > 0 ? stream.ReadByte() : -1;
        if (value < 0) throw new InvalidDataException("its metadata ends in the middle");
        Left--;
        return (byte)value;
    }

    private static ThriftType TypeOf(int number) => number <= (int)ThriftType.Struct ? (ThriftType)number : throw new InvalidDataException(FormattableString.Invariant($"its metadata has a field of the unknown type {number}"));

    private static void Expect(bool holds, ThriftField field, string expected)
    {
        if (!holds) throw new InvalidDataException(FormattableString.Invariant($"field {field.Number} of its metadata is of type {field.Type}, expected {expected}"));
    }
}
