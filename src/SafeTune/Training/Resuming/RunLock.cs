namespace SafeTune.Training;

/// <summary>Keeps a second process out of a run's folder. The operating system lets go of it when a process dies.</summary>
internal static class RunLock
{
    private const string FileName = "running.lock";

    /// <summary>Holds a folder until the result is disposed.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <exception cref="UsageException">Another run has it, or it cannot be written.</exception>
    public static IDisposable Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new UsageException($"Another training is under way in '{folder}'; wait for its end, or name another output.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder '{folder}', for checkpoints, cannot be written: {error.Message.TrimEnd('.')}; name another output.", error);
        }
    }
}
