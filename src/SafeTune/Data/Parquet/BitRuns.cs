namespace SafeTune.Data;

/// <summary>Small numbers in parquet's hybrid of runs and packed bits: levels, indices into a dictionary, flags.</summary>
/// <remarks>https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE</remarks>
/// <param name="bytes">The runs.</param>
/// <param name="width">Bits a number, 0 to 32.</param>
internal sealed class BitRuns(ReadOnlyMemory<byte> bytes, int width)
{
    private readonly ulong mask = (1UL << width) - 1;
    private int position;
    private uint left;
    private bool isPacked;
    private long bit;
    private uint value;

    /// <exception cref="InvalidDataException">There is no further number.</exception>
    public uint Next()
    {
        while (left == 0) Begin();
        left--;
        if (!isPacked) return value;
        var span = bytes.Span;
        var (at, shift) = ((int)(bit >> 3), (int)(bit & 7));
        bit += width;
        if (left == 0) position = (int)((bit + 7) >> 3);
        var window = 0UL;
        for (var i = 0; 8 * i < shift + width; i++) window |= (ulong)(at + i < span.Length ? span[at + i] : throw Ended()) << (8 * i);
        return (uint)((window >> shift) & mask);
    }

    private void Begin()
    {
        var header = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            if (shift > 28) throw new InvalidDataException("the length of a run has more than five bytes");
            var part = Byte();
            header |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) break;
        }

        isPacked = (header & 1) == 1;
        if (isPacked)
        {
            var count = (header >> 1) * 8;
            (left, bit) = (count <= int.MaxValue ? (uint)count : throw new InvalidDataException("a run is longer than a page may be"), 8L * position);
        }
        else
        {
            (left, value) = ((uint)(header >> 1), 0);
            for (var i = 0; 8 * i < width; i++) value |= (uint)Byte() << (8 * i);
        }
    }

    private byte Byte() => position < bytes.Length ? bytes.Span[position++] : throw Ended();

    private static InvalidDataException Ended() => new("a page ends before its last value");
}
