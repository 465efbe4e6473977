using System.Text;

namespace SafeTune.Data;

/// <summary>Text files, line by line.</summary>
public static class TextLines
{
    /// <summary>
    /// The lines of a file, read as they are asked for. Lines end with LF or CRLF;
    /// a CR elsewhere is data. What follows the last line end is a line only if it is not empty.
    /// </summary>
    /// <param name="path">The file; UTF-8, or as its byte order mark says.</param>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static IEnumerable<string> Of(string path) => Of(path, null);

    /// <inheritdoc cref="Of(string)"/>
    internal static IEnumerable<string> Of(string path, TextEncoding? encoding)
    {
        using var reader = Open(path, encoding);
        var buffer = new char[1 << 15];
        var line = new StringBuilder();
        for (int read; (read = Read(reader, buffer, path)) > 0;)
        {
            var rest = buffer.AsMemory(0, read);
            for (int end; (end = rest.Span.IndexOf('\n')) >= 0; rest = rest[(end + 1)..])
            {
                line.Append(rest.Span[..end]);
                yield return Take(line);
            }

            line.Append(rest.Span);
        }

        if (line.Length > 0)
            yield return Take(line);
    }

    /// <summary>Opens a file for reading. Bytes that its encoding does not know are refused when they are read, with their line.</summary>
    /// <param name="path">The file; UTF-8, or as its byte order mark says.</param>
    /// <exception cref="UsageException">There is no such file, or it cannot be opened.</exception>
    public static StreamReader Open(string path) => Open(path, null);

    /// <inheritdoc cref="Open(string)"/>
    internal static StreamReader Open(string path, TextEncoding? encoding)
    {
        if (!File.Exists(path))
            throw new UsageException($"There is no file '{Path.GetFullPath(path)}': check the name.");
        try
        {
            return new StreamReader(path, (encoding ?? TextEncoding.Of(path)).Encoding, detectEncodingFromByteOrderMarks: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Reads UTF-8, and refuses bytes that are none.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="name">What to call it in a sentence.</param>
    public static StreamReader Read(Stream stream, string name) => new(stream, TextEncoding.Strict(65001, name, hasMark: false, canBeNamed: false));

    /// <summary>The line end that a file uses, by its first line: CRLF or LF.</summary>
    internal static string NewLine(string path, TextEncoding encoding)
    {
        using var reader = Open(path, encoding);
        var (before, current) = (0, 0);
        while (current != '\n' && current >= 0) (before, current) = (current, reader.Read());
        return before == '\r' ? "\r\n" : "\n";
    }

    private static int Read(StreamReader reader, char[] buffer, string path)
    {
        try
        {
            return reader.Read(buffer);
        }
        catch (IOException error)
        {
            throw Unreadable(path, error);
        }
    }

    private static string Take(StringBuilder line)
    {
        if (line.Length > 0 && line[^1] == '\r')
            line.Length--;
        var text = line.ToString();
        line.Clear();
        return text;
    }

    private static UsageException Unreadable(string path, Exception error) =>
        new($"'{Path.GetFullPath(path)}' cannot be read: {error.Message.TrimEnd('.')}.", error);
}
