namespace SafeTune.Data;

/// <summary>Goes through a leaf's values in a row group, page by page, so that one page and one dictionary are in memory.</summary>
internal sealed class ColumnCursor : IDisposable
{
    private readonly FileStream file;
    private readonly ParquetColumn column;
    private readonly PageReader pages;
    private ParquetPage? page;
    private PageValues? values;
    private object[]? dictionary;
    private long left;
    private int leftInPage;

    public ColumnCursor(string path, ParquetColumn column, ColumnChunk chunk)
    {
        (this.column, left) = (column, chunk.Values);
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        file.Position = chunk.Start;
        pages = new PageReader(file, chunk, column);
        try
        {
            if (chunk.Type != column.Type) throw new InvalidDataException($"its values are of the type {chunk.Type}, in the schema of the type {column.Type}");
            Advance();
        }
        catch (Exception error)
        {
            file.Dispose();
            if (IsOfTheFile(error)) throw Placed(error);
            throw;
        }
    }

    /// <summary>Whether there is a current value.</summary>
    public bool HasCurrent { get; private set; }

    /// <summary>The level at which the current value repeats: 0 begins a row.</summary>
    public int Repetition { get; private set; }

    /// <summary>Up to where the current value is defined; it is null where this is below the leaf's.</summary>
    public int Definition { get; private set; }

    /// <summary>The current value, or null; the next one becomes the current.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public object? Take()
    {
        try
        {
            var value = Definition == column.Definition ? values!.Next() : null;
            if (leftInPage == 0) values!.End();
            Advance();
            return value;
        }
        catch (Exception error) when (IsOfTheFile(error))
        {
            throw Placed(error);
        }
    }

    public void Dispose() => file.Dispose();

    private void Advance()
    {
        while (leftInPage == 0 && left > 0 && Turn())
        {
        }

        HasCurrent = leftInPage > 0;
        if (!HasCurrent)
        {
            if (left > 0) throw new InvalidDataException(FormattableString.Invariant($"its pages end {left} values before their number"));
            if (pages.Next() is { IsDictionary: false, Count: > 0 }) throw new InvalidDataException("its pages go on after their number of values");
            return;
        }

        (left, leftInPage) = (left - 1, leftInPage - 1);
        Repetition = Level(page!.Repetitions, column.Level);
        Definition = Level(page.Definitions, column.Definition);
    }

    private bool Turn()
    {
        page = pages.Next();
        if (page is null) return false;
        if (page.IsDictionary)
        {
            dictionary = dictionary is null ? PageValues.Dictionary(page, column) : throw new InvalidDataException("it has two dictionaries");
            return true;
        }

        if (page.Count > left) throw new InvalidDataException(FormattableString.Invariant($"a page claims {page.Count} values where {left} are left"));
        leftInPage = page.Count;
        values = PageValues.Of(page, column, dictionary ?? []);
        return true;
    }

    private static int Level(BitRuns? levels, int most) => levels is null ? 0 : levels.Next() is var level && level <= most ? (int)level : throw new InvalidDataException(FormattableString.Invariant($"a level is {level}, and the highest is {most}"));

    private static bool IsOfTheFile(Exception error) => error is InvalidDataException or NotSupportedException or IOException;

    private Exception Placed(Exception error) => error is NotSupportedException
        ? new NotSupportedException($"column {column.Path}: {error.Message}", error)
        : new InvalidDataException($"column {column.Path}: {error.Message}", error);
}
