namespace SafeTune.Data;

/// <summary>Parquet's types of values.</summary>
internal enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLengthByteArray = 7,
}

/// <summary>How often a column's value stands in its parent's.</summary>
internal enum Repetition
{
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// <summary>A node of the schema: a leaf with values, or a group of columns.</summary>
/// <param name="Name">In its group.</param>
/// <param name="Path">Its names from the top.</param>
/// <param name="Repetition">In its group.</param>
/// <param name="Type">A leaf's; null for a group.</param>
/// <param name="IsText">Whether a leaf's bytes are UTF-8.</param>
/// <param name="IsWrapper">A group that only wraps its one child: a list around its items, and an item around its value.</param>
/// <param name="Definition">The definition level from which on there is a value.</param>
/// <param name="Level">The repetition level of its repeated ancestors, itself included.</param>
/// <param name="FirstLeaf">Its first leaf among those of the file.</param>
/// <param name="Leaves">How many it has; a leaf has one.</param>
/// <param name="Children">A group's columns.</param>
internal sealed record ParquetColumn(string Name, string Path, Repetition Repetition, ParquetType? Type, bool IsText, bool IsWrapper, int Definition, int Level, int FirstLeaf, int Leaves, IReadOnlyList<ParquetColumn> Children)
{
    private const int Deepest = 32;

    /// <summary>The columns at the top, from the schema's list in which a group's children follow it.</summary>
    /// <exception cref="InvalidDataException">The list is no tree.</exception>
    public static IReadOnlyList<ParquetColumn> Tree(IReadOnlyList<SchemaElement> schema)
    {
        if (schema.Count == 0) throw new InvalidDataException("it has no schema");
        var (next, leaf) = (1, 0);
        var columns = Children("", schema[0].Children, definition: 0, level: 0, inList: false, depth: 0);
        return next == schema.Count ? columns : throw new InvalidDataException("its schema has columns outside its groups");

        ParquetColumn[] Children(string path, int count, int definition, int level, bool inList, int depth)
        {
            if (depth > Deepest) throw new InvalidDataException(FormattableString.Invariant($"its columns are nested more than {Deepest} deep"));
            List<ParquetColumn> made = [];
            while (made.Count < count) made.Add(Column(path, definition, level, inList, depth));
            return [.. made];
        }

        ParquetColumn Column(string parent, int definition, int level, bool inList, int depth)
        {
            var element = next < schema.Count ? schema[next++] : throw new InvalidDataException("its schema ends in the middle of a group");
            var path = parent.Length == 0 ? element.Name : $"{parent}.{element.Name}";
            if (element.Repetition != Repetition.Required) definition++;
            if (element.Repetition == Repetition.Repeated) level++;
            var first = leaf;
            if (element.Children == 0)
            {
                leaf++;
                return new ParquetColumn(element.Name, path, element.Repetition, element.Type ?? throw new InvalidDataException($"its column '{path}' has neither a type nor columns"), element.IsText, IsWrapper: false, definition, level, first, Leaves: 1, []);
            }

            var isList = element.IsList && element.Children == 1;
            // The rule of parquet-format's LogicalTypes.md for lists of two levels, as old writers made them: there the repeated group is the item itself.
            var isItem = inList && element.Repetition == Repetition.Repeated && element.Children == 1 && element.Name != "array" && !element.Name.EndsWith("_tuple", StringComparison.Ordinal);
            var children = Children(path, element.Children, definition, level, isList, depth + 1);
            return new ParquetColumn(element.Name, path, element.Repetition, null, IsText: false, isList || isItem, definition, level, first, leaf - first, children);
        }
    }
}

/// <summary>An entry of the schema's list.</summary>
internal sealed record SchemaElement(string Name, Repetition Repetition, ParquetType? Type, int Children, bool IsText, bool IsList)
{
    // Converted types, and their successors, the logical types (the field of a union): UTF8, LIST, ENUM, JSON.
    private static readonly int[] Texts = [0, 4, 19], LogicalTexts = [1, 4, 12];
    private const int List = 3, LogicalList = 3;

    public static SchemaElement Read(ThriftReader thrift, ThriftField item)
    {
        var element = new SchemaElement("", Repetition.Required, null, 0, IsText: false, IsList: false);
        foreach (var field in thrift.Fields(item))
        {
            switch (field.Number)
            {
                case 1: element = element with { Type = (ParquetType)thrift.Count(field) }; break;
                case 3: element = element with { Repetition = thrift.Count(field) is <= (int)Repetition.Repeated and var known ? (Repetition)known : throw new InvalidDataException("a column of its schema has an unknown repetition") }; break;
                case 4: element = element with { Name = thrift.Text(field) }; break;
                case 5: element = element with { Children = thrift.Count(field) }; break;
                case 6: element = As(element, thrift.Count(field), Texts, List); break;
                case 10:
                    foreach (var kind in thrift.Fields(field))
                    {
                        thrift.Skip(kind);
                        element = As(element, kind.Number, LogicalTexts, LogicalList);
                    }

                    break;
                default: thrift.Skip(field); break;
            }
        }

        return element;
    }

    private static SchemaElement As(SchemaElement element, int type, int[] texts, int list) =>
        element with { IsText = element.IsText || texts.Contains(type), IsList = element.IsList || type == list };
}
