using System.Runtime.InteropServices;

namespace SafeTune;

/// <summary>The checksum of zip files (polynomial 0xEDB88320), 16 bytes a step.</summary>
/// <remarks>Kounavis and Berry, "A systematic approach to building high performance, software-based, CRC generators", 2005 (slicing).</remarks>
internal static class Crc32
{
    private const int Slices = 16;

    private static readonly uint[][] Tables = MakeTables();

    /// <summary>The checksum of what came before, 0 at first, and these bytes.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        var words = MemoryMarshal.Cast<byte, uint>(bytes[..(bytes.Length / Slices * Slices)]);
        for (var i = 0; i < words.Length; i += 4)
            crc = Word(words[i] ^ crc, 12) ^ Word(words[i + 1], 8) ^ Word(words[i + 2], 4) ^ Word(words[i + 3], 0);
        foreach (var value in bytes[(words.Length * 4)..])
            crc = Tables[0][(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    // The first byte of a word is the furthest from the end.
    private static uint Word(uint word, int slice) =>
        Tables[slice + 3][(byte)word] ^ Tables[slice + 2][(byte)(word >> 8)] ^ Tables[slice + 1][(byte)(word >> 16)] ^ Tables[slice][word >> 24];

    // Table k: what a byte becomes after k more zero bytes.
    private static uint[][] MakeTables()
    {
        var tables = new uint[Slices][];
        tables[0] = new uint[256];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            tables[0][value] = crc;
        }
        for (var k = 1; k < Slices; k++)
            tables[k] = [.. tables[k - 1].Select(crc => (crc >> 8) ^ tables[0][(byte)crc])];
        return tables;
    }
}
