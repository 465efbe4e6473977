namespace SafeTune.Data;

/// <summary>Files of a published dataset.</summary>
internal static class DataFile
{
    /// <summary>The path, if there is such a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="howToGet">Ends the message: where it comes from.</param>
    /// <exception cref="MissingDataException">There is none.</exception>
    public static string Existing(string path, string howToGet) =>
        File.Exists(path) ? path : throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}': {howToGet}");

    /// <summary>The path, if there is such a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="howToGet">Ends the message: where it comes from.</param>
    /// <exception cref="MissingDataException">There is none.</exception>
    public static string ExistingFolder(string path, string howToGet) =>
        Directory.Exists(path) ? path : throw new MissingDataException($"There is no folder '{Path.GetFullPath(path)}': {howToGet}");

    /// <summary>The whole file.</summary>
    /// <exception cref="UsageException">There is none, or it cannot be read.</exception>
    public static byte[] Bytes(string path, string howToGet)
    {
        try
        {
            return File.ReadAllBytes(Existing(path, howToGet));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: it cannot be read ({error.Message.TrimEnd('.')}).", error);
        }
    }

    /// <summary>The lines that are not empty.</summary>
    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    public static string[] Lines(string path, string howToGet) => [.. TextLines.Of(Existing(path, howToGet)).Where(line => line.Length > 0)];
}
