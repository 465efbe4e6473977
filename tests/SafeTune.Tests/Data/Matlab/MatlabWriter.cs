using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace SafeTune.Tests.Data;

/// <summary>Writes MATLAB files of level 5 for tests, as MATLAB itself lays them out: numbers in the smallest type that holds them.</summary>
/// <param name="isLittle">The order of bytes.</param>
internal sealed class MatlabWriter(bool isLittle = true)
{
    private const int Cell = 1, Struct = 2, Char = 4, Double = 6;
    private const int Int8 = 1, UInt8 = 2, Int32 = 5, UInt32 = 6, DoubleType = 9, Matrix = 14, Packed = 15, Utf8 = 16;

    public byte[] File(params byte[][] variables) => [.. Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(124)), .. isLittle ? (byte[])[0, 1, .. "IM"u8] : [1, 0, .. "MI"u8], .. variables.SelectMany(variable => variable)];

    public byte[] Numbers(string name, params int[] values) => Array(name, Double, [1, values.Length], values.All(value => value is >= 0 and < 256) ? Element(UInt8, [.. values.Select(value => (byte)value)]) : Element(Int32, Words(values)));

    public byte[] Reals(string name, params double[] values) => Array(name, Double, [values.Length, 1], Element(DoubleType, [.. values.SelectMany(value => Ordered(BitConverter.GetBytes(value)))]));

    public byte[] Text(string name, string text) => Array(name, Char, [1, text.Length], Element(Utf8, Encoding.UTF8.GetBytes(text)));

    public byte[] Cells(string name, params byte[][] items) => Array(name, Cell, [1, items.Length], items);

    /// <summary>The values of all fields of the first element, then of the second, and so on.</summary>
    public byte[] Structs(string name, string[] fields, params byte[][] values) => Array(name, Struct, [1, values.Length / fields.Length],
        [Element(Int32, Words([8])), Element(Int8, [.. fields.SelectMany(field => Encoding.ASCII.GetBytes(field.PadRight(8, '\0')))]), .. values]);

    /// <summary>An array of any class.</summary>
    public byte[] Array(string name, int kind, int[] shape, params byte[][] parts) =>
        Element(Matrix, [.. Element(UInt32, Words([kind, 0])), .. Element(Int32, Words(shape)), .. Element(Int8, Encoding.ASCII.GetBytes(name)), .. parts.SelectMany(part => part)]);

    public byte[] Compressed(byte[] variable)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(variable);
        return [.. Words([Packed, (int)packed.Length]), .. packed.ToArray()];
    }

    private byte[] Element(int type, byte[] bytes) => bytes.Length is > 0 and <= 4
        ? [.. Words([bytes.Length << 16 | type]), .. bytes, .. new byte[4 - bytes.Length]]
        : [.. Words([type, bytes.Length]), .. bytes, .. new byte[(8 - bytes.Length % 8) % 8]];

    private byte[] Words(int[] values)
    {
        var bytes = new byte[4 * values.Length];
        foreach (var (i, value) in values.Index())
        {
            if (isLittle) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), value);
            else BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 * i), value);
        }

        return bytes;
    }

    private byte[] Ordered(byte[] bytes) => isLittle ? bytes : [.. bytes.Reverse()];
}
