using System.Buffers.Binary;
using System.IO.Compression;

namespace SafeTune.Data;

/// <summary>How a page's values, or levels, are written.</summary>
internal enum ParquetEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Runs = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RunsDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>An unpacked page.</summary>
/// <param name="IsDictionary">Whether it holds the values that the others point to.</param>
/// <param name="Count">Values, nulls and empty lists included.</param>
/// <param name="Encoding">Of the values.</param>
/// <param name="Repetitions">The repetition levels; null where all are 0.</param>
/// <param name="Definitions">The definition levels; null where all are 0.</param>
/// <param name="Values">The values' bytes.</param>
internal sealed record ParquetPage(bool IsDictionary, int Count, ParquetEncoding Encoding, BitRuns? Repetitions, BitRuns? Definitions, ReadOnlyMemory<byte> Values);

/// <summary>The pages of a leaf in a row group, one after the other.</summary>
/// <param name="file">Stands at the first page's header.</param>
/// <param name="chunk">Where the pages are.</param>
/// <param name="column">The leaf.</param>
internal sealed class PageReader(Stream file, ColumnChunk chunk, ParquetColumn column)
{
    // No deflate stream packs more than 1032 bytes into one.
    private const long MostPacked = 1032;
    private long left = chunk.Bytes;

    /// <summary>The next page with values; null after the last.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="NotSupportedException">It is written in a way that is not read here.</exception>
    public ParquetPage? Next()
    {
        while (left > 0)
        {
            var thrift = new ThriftReader(file, left);
            var header = PageHeader.Read(thrift);
            left = thrift.Left - header.Bytes;
            if (left < 0) throw new InvalidDataException(FormattableString.Invariant($"a page claims {header.Bytes} bytes where its column has {thrift.Left}"));
            var bytes = new byte[header.Bytes];
            file.ReadExactly(bytes);
            if (header.Checksum is { } sum && Crc32.Append(0, bytes) != sum) throw new InvalidDataException("the checksum of a page is wrong");
            switch (header.Kind)
            {
                case PageKind.Dictionary: return new ParquetPage(true, header.Values, header.Encoding, null, null, Unpack(bytes, header.UnpackedBytes));
                case PageKind.Data: return First(header, bytes);
                case PageKind.Second: return Second(header, bytes);
                default: break;
            }
        }

        return null;
    }

    private ParquetPage First(PageHeader header, byte[] packed)
    {
        var rest = Unpack(packed, header.UnpackedBytes);
        var repetitions = Levels(ref rest, column.Level, header.RepetitionEncoding);
        var definitions = Levels(ref rest, column.Definition, header.DefinitionEncoding);
        return new ParquetPage(false, header.Values, header.Encoding, repetitions, definitions, rest);
    }

    private static BitRuns? Levels(ref ReadOnlyMemory<byte> rest, int most, ParquetEncoding encoding)
    {
        if (most == 0) return null;
        if (encoding != ParquetEncoding.Runs) throw new NotSupportedException($"its levels are written as {encoding}");
        var length = rest.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(rest.Span) : uint.MaxValue;
        if (length > rest.Length - 4) throw new InvalidDataException(FormattableString.Invariant($"a page's levels do not fit into its {rest.Length} bytes"));
        var levels = rest.Slice(4, (int)length);
        rest = rest[(4 + (int)length)..];
        return new BitRuns(levels, Width(most));
    }

    private ParquetPage Second(PageHeader header, byte[] bytes)
    {
        var levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        if (levels > bytes.Length || levels > header.UnpackedBytes) throw new InvalidDataException(FormattableString.Invariant($"a page's levels claim {levels} of its {bytes.Length} bytes"));
        var values = bytes.AsMemory((int)levels);
        return new ParquetPage(false, header.Values, header.Encoding,
            column.Level == 0 ? null : new BitRuns(bytes.AsMemory(0, header.RepetitionBytes), Width(column.Level)),
            column.Definition == 0 ? null : new BitRuns(bytes.AsMemory(header.RepetitionBytes, header.DefinitionBytes), Width(column.Definition)),
            header.IsCompressed ? Unpack(values, header.UnpackedBytes - (int)levels) : values);
    }

    private ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> packed, int length) => chunk.Codec switch
    {
        // Where there is not one value, pages of the second version have nothing to unpack either.
        _ when packed.Length == 0 && length == 0 => packed,
        ParquetCodec.None => packed.Length == length ? packed : throw new InvalidDataException(FormattableString.Invariant($"an uncompressed page has {packed.Length} bytes and claims {length}")),
        ParquetCodec.Snappy => Snappy.Unpack(packed.Span, length),
        ParquetCodec.Gzip => Gunzip(packed, length),
        _ => throw new NotSupportedException($"it is compressed with {chunk.Codec}"),
    };

    private static byte[] Gunzip(ReadOnlyMemory<byte> packed, int length)
    {
        if (length > MostPacked * (packed.Length + 1)) throw new InvalidDataException(FormattableString.Invariant($"{packed.Length} bytes of gzip cannot hold {length}"));
        using var gzip = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        var bytes = new byte[length];
        return gzip.ReadAtLeast(bytes, length, throwOnEndOfStream: false) == length && gzip.ReadByte() < 0 ? bytes : throw new InvalidDataException(FormattableString.Invariant($"a page does not unpack to the {length} bytes that it claims"));
    }

    private static int Width(int most) => 32 - int.LeadingZeroCount(most);

    private enum PageKind
    {
        Data = 0,
        Index = 1,
        Dictionary = 2,
        Second = 3,
    }

    /// <summary>What stands before a page. The second version keeps the levels apart from what is compressed.</summary>
    private sealed record PageHeader
    {
        public PageKind Kind { get; private set; } = (PageKind)(-1);

        public int UnpackedBytes { get; private set; }

        public int Bytes { get; private set; }

        public uint? Checksum { get; private set; }

        public int Values { get; private set; }

        public ParquetEncoding Encoding { get; private set; }

        public ParquetEncoding DefinitionEncoding { get; private set; }

        public ParquetEncoding RepetitionEncoding { get; private set; }

        public int DefinitionBytes { get; private set; }

        public int RepetitionBytes { get; private set; }

        public bool IsCompressed { get; private set; } = true;

        public static PageHeader Read(ThriftReader thrift)
        {
            var header = new PageHeader();
            foreach (var field in thrift.Fields())
            {
                switch (field.Number)
                {
                    case 1: header.Kind = (PageKind)thrift.Count(field); break;
                    case 2: header.UnpackedBytes = thrift.Count(field); break;
                    case 3: header.Bytes = thrift.Count(field); break;
                    case 4: header.Checksum = (uint)thrift.Integer(field); break;
                    case 5 or 7: header.ReadFirst(thrift, field); break;
                    case 8: header.ReadSecond(thrift, field); break;
                    default: thrift.Skip(field); break;
                }
            }

            return Enum.IsDefined(header.Kind) ? header : throw new InvalidDataException("a page is of no known kind");
        }

        // A dictionary page's begins like a data page's.
        private void ReadFirst(ThriftReader thrift, ThriftField page)
        {
            foreach (var field in thrift.Fields(page))
            {
                switch (field.Number)
                {
                    case 1: Values = thrift.Count(field); break;
                    case 2: Encoding = (ParquetEncoding)thrift.Count(field); break;
                    case 3 when page.Number == 5: DefinitionEncoding = (ParquetEncoding)thrift.Count(field); break;
                    case 4 when page.Number == 5: RepetitionEncoding = (ParquetEncoding)thrift.Count(field); break;
                    default: thrift.Skip(field); break;
                }
            }
        }

        private void ReadSecond(ThriftReader thrift, ThriftField page)
        {
            foreach (var field in thrift.Fields(page))
            {
                switch (field.Number)
                {
                    case 1: Values = thrift.Count(field); break;
                    case 4: Encoding = (ParquetEncoding)thrift.Count(field); break;
                    case 5: DefinitionBytes = thrift.Count(field); break;
                    case 6: RepetitionBytes = thrift.Count(field); break;
                    case 7: IsCompressed = ThriftReader.Flag(field); break;
                    default: thrift.Skip(field); break;
                }
            }
        }
    }
}
