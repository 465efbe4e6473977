namespace SafeTune.Data;

/// <summary>
/// A tab-separated file without quoting, as GLUE's are: a double quote is data, a line is a row. UTF-8 with or without a byte order mark,
/// LF or CRLF. Empty lines are not rows.
/// </summary>
internal sealed class TsvFile
{
    private readonly bool _headerInFile;
    private readonly TextEncoding? _encoding;

    private TsvFile(string path, IReadOnlyList<string> header, bool headerInFile, TextEncoding? encoding) => (Path, Header, _headerInFile, _encoding) = (path, header, headerInFile, encoding);

    public string Path { get; }

    public IReadOnlyList<string> Header { get; }

    /// <summary>Opens a file whose first line is its header, or one that has none but whose columns are known.</summary>
    public static TsvFile Open(string path, IReadOnlyList<string>? impliedHeader = null, TextEncoding? encoding = null)
    {
        if (impliedHeader is not null)
            return new TsvFile(path, impliedHeader, headerInFile: false, encoding);
        var first = TextLines.Of(path, encoding).FirstOrDefault("");
        return first.Length > 0
            ? new TsvFile(path, first.Split('\t'), headerInFile: true, encoding)
            : throw new UsageException($"{path}, line 1: expected the names of the columns, found an empty line; get the file again.");
    }

    /// <summary>The rows with the numbers of their lines (the file's first line is 1).</summary>
    public IEnumerable<(int Line, string[] Fields)> Rows()
    {
        var number = 0;
        foreach (var line in TextLines.Of(Path, _encoding))
        {
            number++;
            if (line.Length > 0 && !(_headerInFile && number == 1))
                yield return (number, line.Split('\t'));
        }
    }

    /// <summary>The index of a column, or -1.</summary>
    public int TryColumn(string name)
    {
        for (var i = 0; i < Header.Count; i++)
        {
            if (Header[i] == name)
                return i;
        }

        return -1;
    }

    /// <summary>The index of a column.</summary>
    /// <exception cref="UsageException">The header does not have it.</exception>
    public int Column(string name)
    {
        var index = TryColumn(name);
        return index >= 0
            ? index
            : throw new UsageException(
                $"{Path}, line 1: expected a header with a column '{name}', found {string.Join(", ", Header.Select(found => $"'{found}'"))}: "
                + $"use the task's official file.{Nearest.Hint(name, Header)}");
    }

    /// <summary>The error for a row that does not fit the header.</summary>
    public UsageException WrongColumns(int line, int found, string advice)
    {
        var header = _headerInFile ? "as in the header of line 1" : $"({string.Join(", ", Header)})";
        var reason = found > Header.Count ? "a stray tab" : "a missing tab";
        return new UsageException(
            $"{Path}, line {line}: expected {Header.Count} columns {header}, found {found}, probably {reason}; {advice}");
    }
}
