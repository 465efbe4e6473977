using System.Text;

namespace SafeTune.Data;

/// <summary>Text files, line by line.</summary>
internal static class TextLines
{
    /// <summary>
    /// The lines of a UTF-8 file (with or without a byte order mark), read as they are asked for. Lines end with LF or CRLF;
    /// a CR elsewhere is data. What follows the last line end is a line only if it is not empty.
    /// </summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static IEnumerable<string> Of(string path)
    {
        using var reader = Open(path);
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

    /// <summary>Opens a file for reading as UTF-8.</summary>
    /// <exception cref="UsageException">There is no such file, or it cannot be opened.</exception>
    public static StreamReader Open(string path)
    {
        if (!File.Exists(path))
            throw new UsageException($"There is no file '{Path.GetFullPath(path)}': check the name.");
        try
        {
            return new StreamReader(path, Encoding.UTF8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
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
