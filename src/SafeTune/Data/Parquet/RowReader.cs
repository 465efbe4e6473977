namespace SafeTune.Data;

/// <summary>Puts the rows of a row group together from its columns, by the levels of Dremel (Melnik et al. 2010).</summary>
internal sealed class RowReader : IDisposable
{
    private readonly IReadOnlyList<ParquetColumn> columns;
    private readonly ColumnCursor?[] cursors;

    /// <param name="path">The file.</param>
    /// <param name="columns">Those to read, of the top level.</param>
    /// <param name="group">The row group.</param>
    public RowReader(string path, IReadOnlyList<ParquetColumn> columns, RowGroup group)
    {
        this.columns = columns;
        cursors = new ColumnCursor?[group.Chunks.Count];
        try
        {
            foreach (var leaf in columns.SelectMany(LeavesOf)) cursors[leaf.FirstLeaf] = new ColumnCursor(path, leaf, group.Chunks[leaf.FirstLeaf]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The next row, without what is null in it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public Dictionary<string, object> Next()
    {
        foreach (var column in columns) Expect(column, level: 0);
        return Fields(columns);
    }

    /// <summary>To be called after the last row: nothing is left.</summary>
    /// <exception cref="InvalidDataException">A column goes on.</exception>
    public bool End() => columns.FirstOrDefault(column => Cursors(column).Any(cursor => cursor.HasCurrent)) is { } column
        ? throw new InvalidDataException($"column {column.Path}: it has values for more rows than its row group")
        : true;

    public void Dispose()
    {
        foreach (var cursor in cursors) cursor?.Dispose();
    }

    private Dictionary<string, object> Fields(IReadOnlyList<ParquetColumn> fields)
    {
        Dictionary<string, object> found = new(fields.Count, StringComparer.Ordinal);
        foreach (var field in fields)
        {
            if (Value(field) is { } value) found[field.Name] = value;
        }

        return found;
    }

    private object? Value(ParquetColumn column)
    {
        switch (column.Repetition)
        {
            case Repetition.Required: return Content(column);
            case Repetition.Optional: return IsPresent(column) ? Content(column) : null;
            default:
                List<object?> items = [];
                if (!IsPresent(column)) return items;
                do items.Add(Content(column));
                while (Continues(column));
                return items;
        }
    }

    private object? Content(ParquetColumn column)
    {
        if (column.IsWrapper) return Value(column.Children[0]);
        return column.Type is null ? Fields(column.Children) : cursors[column.FirstLeaf]!.Take() ?? throw new InvalidDataException($"column {column.Path}: a value is missing where its row has others");
    }

    /// <summary>Whether the value is there; if not, what stands for it in its leaves is passed over.</summary>
    private bool IsPresent(ParquetColumn column)
    {
        if (cursors[column.FirstLeaf]!.Definition >= column.Definition) return true;
        foreach (var cursor in Cursors(column))
        {
            if (cursor.Definition >= column.Definition) throw new InvalidDataException($"column {column.Path}: its parts disagree on where it is null");
            cursor.Take();
        }

        return false;
    }

    private bool Continues(ParquetColumn column)
    {
        var first = cursors[column.FirstLeaf]!;
        if (!first.HasCurrent || first.Repetition < column.Level) return false;
        Expect(column, column.Level);
        return true;
    }

    private void Expect(ParquetColumn column, int level)
    {
        foreach (var cursor in Cursors(column))
        {
            if (!cursor.HasCurrent || cursor.Repetition != level) throw new InvalidDataException($"column {column.Path}: {(cursor.HasCurrent ? "its levels do not say where a row begins" : "it ends before its last row")}");
        }
    }

    private IEnumerable<ColumnCursor> Cursors(ParquetColumn column) => cursors.Skip(column.FirstLeaf).Take(column.Leaves).Select(cursor => cursor!);

    private static IEnumerable<ParquetColumn> LeavesOf(ParquetColumn column) => column.Type is null ? column.Children.SelectMany(LeavesOf) : [column];
}
