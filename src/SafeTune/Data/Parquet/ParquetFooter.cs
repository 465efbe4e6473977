using System.Buffers.Binary;

namespace SafeTune.Data;

/// <summary>What a parquet file says of itself at its end.</summary>
/// <param name="Columns">At the top level.</param>
/// <param name="Groups">The row groups, in order.</param>
/// <param name="Notes">Texts by name that its writer added.</param>
internal sealed record ParquetFooter(IReadOnlyList<ParquetColumn> Columns, IReadOnlyList<RowGroup> Groups, IReadOnlyDictionary<string, string> Notes)
{
    // An index into a dictionary takes a bit, and Snappy packs 21 bytes into one: no dataset has more rows to a byte, but a few damaged bytes may claim any number.
    private const long MostPerByte = 8 * 21;

    // PAR1, then whatever there is, the footer, its length, PAR1.
    private const int Ends = 12;

    /// <exception cref="InvalidDataException">The file is none, or damaged.</exception>
    public static ParquetFooter Read(Stream file)
    {
        var magic = new byte[4];
        file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (file.Length < Ends || !magic.AsSpan().SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not begin with PAR1");
        var end = new byte[8];
        file.Position = file.Length - end.Length;
        file.ReadExactly(end);
        if (!end.AsSpan(4).SequenceEqual("PAR1"u8)) throw new InvalidDataException("it does not end with PAR1, so a part of it is missing");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (length > file.Length - Ends) throw new InvalidDataException(FormattableString.Invariant($"its footer claims {length} bytes of {file.Length}"));
        file.Position = file.Length - end.Length - length;
        return Read(new ThriftReader(file, length), dataEnd: file.Length - end.Length - length);
    }

    private static ParquetFooter Read(ThriftReader thrift, long dataEnd)
    {
        List<SchemaElement> schema = [];
        List<RowGroup> groups = [];
        Dictionary<string, string> notes = new(StringComparer.Ordinal);
        var rows = 0L;
        foreach (var field in thrift.Fields())
        {
            switch (field.Number)
            {
                case 2: schema.AddRange(thrift.Items(field).Select(item => SchemaElement.Read(thrift, item))); break;
                case 3: rows = thrift.Integer(field); break;
                case 4: groups.AddRange(thrift.Items(field).Select(item => RowGroup.Read(thrift, item))); break;
                case 5:
                    foreach (var item in thrift.Items(field)) Note(thrift, item, notes);
                    break;
                default: thrift.Skip(field); break;
            }
        }

        var columns = ParquetColumn.Tree(schema);
        Check(columns.Sum(column => column.Leaves), groups, rows, dataEnd);
        return new ParquetFooter(columns, groups, notes);
    }

    private static void Check(int leaves, List<RowGroup> groups, long rows, long dataEnd)
    {
        var most = MostPerByte * dataEnd;
        var sum = 0L;
        foreach (var (number, group) in groups.Index())
        {
            if (group.Chunks.Count != leaves) throw new InvalidDataException(FormattableString.Invariant($"row group {number + 1} has {group.Chunks.Count} columns, its schema {leaves}"));
            if (group.Rows < 0 || group.Rows > most - sum) throw new InvalidDataException(FormattableString.Invariant($"row group {number + 1} claims {group.Rows} rows, more than the file can hold"));
            sum += group.Rows;
            foreach (var chunk in group.Chunks)
            {
                if (chunk.Values < 0 || chunk.Values > most) throw new InvalidDataException(FormattableString.Invariant($"column {chunk.Path} of row group {number + 1} claims {chunk.Values} values, more than the file can hold"));
                if (chunk.Start < 4 || chunk.Bytes < 0 || chunk.Start > dataEnd || chunk.Bytes > dataEnd - chunk.Start)
                    throw new InvalidDataException(FormattableString.Invariant($"column {chunk.Path} of row group {number + 1} claims the {chunk.Bytes} bytes from {chunk.Start} on, and the data ends at {dataEnd}"));
            }
        }

        if (sum != rows) throw new InvalidDataException(FormattableString.Invariant($"it claims {rows} rows, and its row groups {sum}"));
    }

    private static void Note(ThriftReader thrift, ThriftField item, Dictionary<string, string> notes)
    {
        var (key, value) = ("", "");
        foreach (var field in thrift.Fields(item))
        {
            switch (field.Number)
            {
                case 1: key = thrift.Text(field); break;
                case 2: value = thrift.Text(field); break;
                default: thrift.Skip(field); break;
            }
        }

        notes[key] = value;
    }
}

/// <summary>Rows whose columns lie together.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Chunks">Where each leaf's values are, in the schema's order.</param>
internal sealed record RowGroup(long Rows, IReadOnlyList<ColumnChunk> Chunks)
{
    public static RowGroup Read(ThriftReader thrift, ThriftField item)
    {
        List<ColumnChunk> chunks = [];
        var rows = 0L;
        foreach (var field in thrift.Fields(item))
        {
            switch (field.Number)
            {
                case 1: chunks.AddRange(thrift.Items(field).Select(chunk => ColumnChunk.Read(thrift, chunk))); break;
                case 3: rows = thrift.Integer(field); break;
                default: thrift.Skip(field); break;
            }
        }

        return new RowGroup(rows, chunks);
    }
}

/// <summary>How bytes are compressed.</summary>
internal enum ParquetCodec
{
    None = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,
    Lz4 = 5,
    Zstd = 6,
    Lz4Raw = 7,
}

/// <summary>The pages of a leaf in a row group.</summary>
/// <param name="Path">The leaf's names from the top, for messages.</param>
/// <param name="Type">As the schema should say too.</param>
/// <param name="Codec">Of all of its pages.</param>
/// <param name="Values">Values, nulls and empty lists included.</param>
/// <param name="Start">The first page's place in the file.</param>
/// <param name="Bytes">Of all pages with their headers.</param>
internal sealed record ColumnChunk(string Path, ParquetType Type, ParquetCodec Codec, long Values, long Start, long Bytes)
{
    public static ColumnChunk Read(ThriftReader thrift, ThriftField item)
    {
        ColumnChunk? chunk = null;
        foreach (var field in thrift.Fields(item))
        {
            switch (field.Number)
            {
                case 1: throw new NotSupportedException($"a column lies in the other file '{thrift.Text(field)}'");
                case 3: chunk = ReadMetadata(thrift, field); break;
                default: thrift.Skip(field); break;
            }
        }

        return chunk ?? throw new NotSupportedException("a column has no metadata of its own, as in an encrypted file");
    }

    private static ColumnChunk ReadMetadata(ThriftReader thrift, ThriftField metadata)
    {
        var chunk = new ColumnChunk("", 0, 0, 0, 0, 0);
        var (data, dictionary) = (0L, 0L);
        foreach (var field in thrift.Fields(metadata))
        {
            switch (field.Number)
            {
                case 1: chunk = chunk with { Type = (ParquetType)thrift.Count(field) }; break;
                case 3: chunk = chunk with { Path = string.Join('.', thrift.Items(field).Select(thrift.Text)) }; break;
                case 4: chunk = chunk with { Codec = (ParquetCodec)thrift.Count(field) }; break;
                case 5: chunk = chunk with { Values = thrift.Integer(field) }; break;
                case 7: chunk = chunk with { Bytes = thrift.Integer(field) }; break;
                case 9: data = thrift.Integer(field); break;
                case 11: dictionary = thrift.Integer(field); break;
                default: thrift.Skip(field); break;
            }
        }

        return chunk with { Start = dictionary > 0 && dictionary < data ? dictionary : data };
    }
}
