using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Data;

/// <summary>The values of a page, nulls left out, one after the other.</summary>
internal abstract class PageValues
{
    private const int MostBits = 32;

    /// <exception cref="InvalidDataException">There is no further value, or it is damaged.</exception>
    public abstract object Next();

    /// <summary>To be called after the last value.</summary>
    /// <exception cref="InvalidDataException">There are bytes for more.</exception>
    public virtual void End()
    {
    }

    /// <param name="page">The page.</param>
    /// <param name="column">Its leaf.</param>
    /// <param name="dictionary">The values of the dictionary page before it; none where there was none.</param>
    /// <exception cref="NotSupportedException">The encoding is not read here.</exception>
    public static PageValues Of(ParquetPage page, ParquetColumn column, object[] dictionary) => page.Encoding switch
    {
        ParquetEncoding.Plain => new Plain(page.Values, column),
        ParquetEncoding.PlainDictionary or ParquetEncoding.RunsDictionary => new Indices(page.Values, dictionary),
        ParquetEncoding.Runs when column.Type == ParquetType.Boolean => new Flags(page.Values),
        _ => throw new NotSupportedException($"its values are written as {page.Encoding}"),
    };

    /// <summary>The values of a dictionary page.</summary>
    public static object[] Dictionary(ParquetPage page, ParquetColumn column)
    {
        if (page.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.PlainDictionary)) throw new NotSupportedException($"its dictionary is written as {page.Encoding}");
        // A value takes a byte at least; flags have no dictionaries.
        if (page.Count > page.Values.Length) throw new InvalidDataException(FormattableString.Invariant($"a dictionary claims {page.Count} values in {page.Values.Length} bytes"));
        var plain = new Plain(page.Values, column);
        var values = new object[page.Count];
        for (var i = 0; i < values.Length; i++) values[i] = plain.Next();
        plain.End();
        return values;
    }

    private sealed class Plain(ReadOnlyMemory<byte> bytes, ParquetColumn column) : PageValues
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        private int at;
        private int bit;

        public override object Next() => column.Type switch
        {
            ParquetType.Boolean => Bit(),
            ParquetType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
            ParquetType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
            ParquetType.Float => BinaryPrimitives.ReadSingleLittleEndian(Take(4)),
            ParquetType.Double => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
            ParquetType.ByteArray => Bytes(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))),
            _ => throw new NotSupportedException($"its values are of the type {column.Type}"),
        };

        public override void End()
        {
            var left = bytes.Length - at - (bit > 0 ? 1 : 0);
            if (left > 0) throw new InvalidDataException(FormattableString.Invariant($"a page has {left} bytes more than its values"));
        }

        private bool Bit()
        {
            var flags = at < bytes.Length ? bytes.Span[at] : throw Ended();
            var flag = ((flags >> bit) & 1) == 1;
            bit = (bit + 1) & 7;
            if (bit == 0) at++;
            return flag;
        }

        private object Bytes(ReadOnlySpan<byte> value)
        {
            try
            {
                return column.IsText ? Strict.GetString(value) : value.ToArray();
            }
            catch (DecoderFallbackException error)
            {
                throw new InvalidDataException("a text is not valid UTF-8", error);
            }
        }

        private ReadOnlySpan<byte> Take(uint count)
        {
            var taken = count <= bytes.Length - at ? bytes.Span.Slice(at, (int)count) : throw Ended();
            at += taken.Length;
            return taken;
        }

        private static InvalidDataException Ended() => new("a page ends before its last value");
    }

    private sealed class Indices : PageValues
    {
        private readonly object[] dictionary;
        private readonly BitRuns runs;

        public Indices(ReadOnlyMemory<byte> bytes, object[] dictionary)
        {
            this.dictionary = dictionary;
            // The width of the indices; a page of nulls alone may lack it.
            var width = bytes.Length > 0 ? bytes.Span[0] : 0;
            if (width > MostBits) throw new InvalidDataException(FormattableString.Invariant($"a page's indices claim {width} bits each"));
            runs = new BitRuns(bytes.Length > 0 ? bytes[1..] : bytes, width);
        }

        public override object Next() => runs.Next() is var index && index < dictionary.Length
            ? dictionary[index]
            : throw new InvalidDataException(FormattableString.Invariant($"a value is number {index} of a dictionary of {dictionary.Length}"));
    }

    private sealed class Flags : PageValues
    {
        private readonly BitRuns runs;

        public Flags(ReadOnlyMemory<byte> bytes)
        {
            if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) != bytes.Length - 4) throw new InvalidDataException("a page of flags has another length than it claims");
            runs = new BitRuns(bytes[4..], width: 1);
        }

        public override object Next() => runs.Next() != 0;
    }
}
