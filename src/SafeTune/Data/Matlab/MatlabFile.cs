using System.Buffers.Binary;
using System.IO.Compression;

namespace SafeTune.Data;

/// <summary>The variables of a MATLAB file, level 5 (what <c>save</c> writes unless told otherwise), compressed or not: numbers, characters, cells and structs.</summary>
/// <remarks>MathWorks, "MAT-File Format"; labels of image datasets come in it.</remarks>
internal static class MatlabFile
{
    private const string HowToGet = "get the file again.";
    private const int HeaderBytes = 128;

    // No deflate stream packs more than 1032 bytes into one.
    private const long MostPacked = 1032;

    /// <exception cref="UsageException">The file is missing, damaged, or holds something else than named above.</exception>
    public static IReadOnlyDictionary<string, MatlabValue> Read(string path)
    {
        var file = DataFile.Bytes(path, "check the name.");
        try
        {
            return Variables(file);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new UsageException($"{path}: it cannot be read as a MATLAB file of level 5 ({error.Message.TrimEnd('.')}); {HowToGet}", error);
        }
        catch (NotSupportedException error)
        {
            throw new UsageException($"{path}: {error.Message}, which is not read here; save it in MATLAB with -v7 as numbers, characters, cells or structs.", error);
        }
    }

    /// <summary>A variable of whole numbers in its order.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="name">The variable.</param>
    /// <exception cref="UsageException">There is none of that name and kind.</exception>
    public static int[] Integers(string path, IReadOnlyDictionary<string, MatlabValue> variables, string name) =>
        variables.GetValueOrDefault(name) is MatlabNumbers numbers && numbers.Values.All(value => value == (int)value)
            ? [.. numbers.Values.Select(value => (int)value)]
            : throw Lacks(path, name, "whole numbers");

    /// <summary>The file has no such variable.</summary>
    public static UsageException Lacks(string path, string name, string kind) => new($"{path}: there is no variable '{name}' of {kind} in it; {HowToGet}");

    private static Dictionary<string, MatlabValue> Variables(byte[] file)
    {
        // HDF5, which MATLAB calls level 7.3, has a header of the same size before it.
        if (file.AsSpan().StartsWith("MATLAB 7.3"u8)) throw new NotSupportedException("it is of level 7.3 (HDF5)");
        if (file.Length < HeaderBytes) throw new InvalidDataException(FormattableString.Invariant($"it has {file.Length} bytes, fewer than its header"));
        var isLittle = file[126] == 'I' && file[127] == 'M';
        if (!isLittle && (file[126], file[127]) != ((byte)'M', (byte)'I')) throw new InvalidDataException("its header does not say IM or MI at byte 126");
        var version = isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(124)) : BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(124));
        if (version != 0x0100) throw new InvalidDataException(FormattableString.Invariant($"its version is {version:X4}, expected 0100"));
        Dictionary<string, MatlabValue> found = new(StringComparer.Ordinal);
        var elements = new MatlabElements(file.AsMemory(HeaderBytes), isLittle);
        while (elements.Next() is { } element)
        {
            var (name, value) = element.Type == MatlabType.Compressed ? Unpacked(element.Bytes, isLittle) : MatlabArrays.Read(element, isLittle);
            found[name] = value;
        }

        return found;
    }

    // An element of its own, and nothing else.
    private static (string, MatlabValue) Unpacked(ReadOnlyMemory<byte> packed, bool isLittle)
    {
        using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var tag = new byte[8];
        zlib.ReadExactly(tag);
        var length = isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(tag.AsSpan(4)) : BinaryPrimitives.ReadUInt32BigEndian(tag.AsSpan(4));
        if (length > Math.Min(MostPacked * packed.Length, Array.MaxLength - tag.Length)) throw new InvalidDataException(FormattableString.Invariant($"{packed.Length} compressed bytes claim to hold {length}"));
        var bytes = new byte[tag.Length + length];
        tag.CopyTo(bytes, 0);
        zlib.ReadExactly(bytes, tag.Length, (int)length);
        if (zlib.ReadByte() >= 0) throw new InvalidDataException("a compressed variable is longer than it claims");
        return MatlabArrays.Read(new MatlabElements(bytes, isLittle).Next() ?? throw new InvalidDataException("a compressed variable is empty"), isLittle);
    }
}
