using System.Text;

namespace SafeTune.Data;

/// <summary>Makes arrays of the elements that they are written as.</summary>
internal static class MatlabArrays
{
    private const int Deepest = 32;
    private const int Complex = 0x0800;

    // Classes of arrays.
    private const int Cell = 1, Struct = 2, Char = 4, Double = 6, UInt64 = 15;

    /// <summary>A variable, with its name.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="NotSupportedException">It is of a class that is not read here.</exception>
    public static (string Name, MatlabValue Value) Read(MatlabElement element, bool isLittle, int depth = 0)
    {
        if (element.Type != MatlabType.Matrix) throw new InvalidDataException($"a variable is of type {element.Type}");
        if (depth > Deepest) throw new InvalidDataException(FormattableString.Invariant($"cells and structs are nested more than {Deepest} deep"));
        // What was never set.
        if (element.Bytes.Length == 0) return ("", new MatlabNumbers([0, 0], []));
        var parts = new MatlabElements(element.Bytes, isLittle);
        var flags = Part(parts).Numbers();
        if (flags.Length != 2) throw new InvalidDataException(FormattableString.Invariant($"an array has {flags.Length} words of flags, expected 2"));
        int[] shape = [.. Part(parts).Numbers().Select(size => size is >= 0 and <= int.MaxValue ? (int)size : throw new InvalidDataException("an array has a negative or broken size"))];
        var name = Part(parts).Text();
        var count = Count(shape, element.Bytes.Length);
        var kind = (int)(uint)flags[0];
        return (name, (kind & 0xFF) switch
        {
            Cell => new MatlabCells(shape, [.. Enumerable.Range(0, count).Select(_ => Nested())]),
            Struct => Structs(parts, shape, count, Nested),
            Char => new MatlabText(shape, Text(parts, count)),
            >= Double and <= UInt64 when (kind & Complex) == 0 => new MatlabNumbers(shape, Numbers(parts, count)),
            var other => throw new NotSupportedException(FormattableString.Invariant($"'{name}' is of class {other}{((kind & Complex) == 0 ? "" : ", complex")}")),
        });

        MatlabValue Nested() => Read(Part(parts), isLittle, depth + 1).Value;
    }

    // An element takes a byte at least.
    private static int Count(int[] shape, int bytes)
    {
        var count = shape.Contains(0) ? 0 : shape.Aggregate((UInt128)1, (product, size) => product <= (UInt128)bytes ? product * (uint)size : product);
        return count <= (UInt128)bytes ? (int)count : throw new InvalidDataException(FormattableString.Invariant($"an array claims {string.Join(" × ", shape)} elements in {bytes} bytes"));
    }

    private static MatlabStructs Structs(MatlabElements parts, int[] shape, int count, Func<MatlabValue> nested)
    {
        var width = Part(parts).Numbers() is [var one] && one is >= 1 and <= int.MaxValue ? (int)one : throw new InvalidDataException("a struct does not say how long its fields' names are");
        var names = Part(parts).Bytes;
        if (names.Length % width != 0) throw new InvalidDataException(FormattableString.Invariant($"a struct has {names.Length} bytes of names, each of {width}"));
        string[] fields = [.. Enumerable.Range(0, names.Length / width).Select(i => Encoding.Latin1.GetString(names.Span.Slice(i * width, width)).TrimEnd('\0'))];
        var items = new IReadOnlyDictionary<string, MatlabValue>[count];
        for (var i = 0; i < count; i++)
        {
            Dictionary<string, MatlabValue> item = new(fields.Length, StringComparer.Ordinal);
            foreach (var field in fields) item[field] = nested();
            items[i] = item;
        }

        return new MatlabStructs(shape, items);
    }

    private static double[] Numbers(MatlabElements parts, int count)
    {
        var numbers = Part(parts).Numbers();
        return numbers.Length == count ? numbers : throw new InvalidDataException(FormattableString.Invariant($"an array of {count} elements has {numbers.Length} numbers"));
    }

    // Written with one or more bytes a character; only what becomes of them can be counted, and not where it is UTF-8.
    private static string Text(MatlabElements parts, int count) => count == 0 ? "" : Part(parts).Text();

    private static MatlabElement Part(MatlabElements parts) => parts.Next() ?? throw new InvalidDataException("an array ends in the middle");
}
