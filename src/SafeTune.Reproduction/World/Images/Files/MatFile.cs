using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>An array of a MATLAB file, but for its name.</summary>
/// <param name="Class">mxCELL_CLASS and so on.</param>
/// <param name="Columns">Of its one row.</param>
/// <param name="Body">What follows the name.</param>
internal sealed record MatValue(byte Class, int Columns, byte[] Body);

/// <summary>MATLAB's files of level 5, uncompressed ("MAT-File Format", The MathWorks): arrays of one row.</summary>
internal static class MatFile
{
    private const byte Cell = 1, Struct = 2, Char = 4, Double = 6;
    private const int Int8 = 1, UInt8 = 2, UInt16 = 4, Int32 = 5, UInt32 = 6, Matrix = 14, Utf8 = 16;

    public static MatValue Number(int value) => Numbers([value]);

    /// <summary>Whole numbers from 0 to 65535, stored as small as they are, as MATLAB does with doubles.</summary>
    public static MatValue Numbers(int[] values) => new(Double, values.Length, values.All(value => value <= byte.MaxValue)
        ? Element(UInt8, [.. values.Select(value => (byte)value)])
        : Element(UInt16, [.. values.SelectMany(value => (byte[])[(byte)value, (byte)(value >> 8)])]));

    public static MatValue Text(string text) => new(Char, text.Length, Element(Utf8, Encoding.UTF8.GetBytes(text)));

    public static MatValue Cells(MatValue[] cells) => new(Cell, cells.Length, [.. cells.SelectMany(cell => Array("", cell))]);

    /// <param name="fields">Names of at most seven characters.</param>
    /// <param name="rows">Each struct's values, field by field.</param>
    public static MatValue Structs(string[] fields, MatValue[][] rows)
    {
        const int nameLength = 8;
        return new(Struct, rows.Length,
        [
            .. Element(Int32, Bytes(nameLength)),
            .. Element(Int8, Encoding.ASCII.GetBytes(string.Concat(fields.Select(field => field.PadRight(nameLength, '\0'))))),
            .. rows.SelectMany(row => row.SelectMany(value => Array("", value))),
        ]);
    }

    public static void Write(string path, params ReadOnlySpan<(string Name, MatValue Value)> variables)
    {
        const int textLength = 124;
        using FileStream file = File.Create(path);
        file.Write(Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file".PadRight(textLength)));
        // The version, and letters that tell the order of bytes.
        file.Write([0, 1, (byte)'I', (byte)'M']);
        foreach (var (name, value) in variables)
            file.Write(Array(name, value));
    }

    private static byte[] Array(string name, MatValue value) => Element(Matrix,
    [
        .. Element(UInt32, [value.Class, .. new byte[7]]),
        .. Element(Int32, [.. Bytes(1), .. Bytes(value.Columns)]),
        .. Element(Int8, Encoding.ASCII.GetBytes(name)),
        .. value.Body,
    ]);

    // Up to four bytes share eight with their type and length; longer ones are filled up to eight.
    private static byte[] Element(int type, byte[] data) => data.Length <= 4
        ? [.. Bytes(type | (data.Length << 16)), .. data, .. new byte[4 - data.Length]]
        : [.. Bytes(type), .. Bytes(data.Length), .. data, .. new byte[-data.Length & 7]];

    private static byte[] Bytes(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
