using Microsoft.Win32.SafeHandles;

namespace SafeTune.Checkpoints;

/// <summary>A file read by position, whose errors name it.</summary>
internal sealed class BinaryFile : IDisposable
{
    private readonly SafeFileHandle handle;

    private BinaryFile(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    public long Length { get; }

    /// <param name="path">The file.</param>
    /// <param name="kind">What is expected, for example <c>a safetensors file</c>.</param>
    /// <exception cref="UsageException">The file is missing or unreadable.</exception>
    public static BinaryFile Open(string path, string kind)
    {
        try
        {
            return new(path, File.OpenHandle(path, options: FileOptions.RandomAccess));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(File.Exists(path) ? $"Cannot read {path}: {e.Message}" : $"There is no file {path}; expected {kind}.", e);
        }
    }

    /// <summary>Opens a file and hands it to what reads it; closes it when that fails.</summary>
    public static T Open<T>(string path, string kind, Func<BinaryFile, T> read)
    {
        var file = Open(path, kind);
        try
        {
            return read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Fills the span with the bytes from a position on.</summary>
    /// <exception cref="UsageException">The file ends before, or cannot be read.</exception>
    public void Fill(Span<byte> target, long position, string what)
    {
        try
        {
            while (target.Length > 0)
            {
                var read = RandomAccess.Read(handle, target, position);
                if (read == 0)
                    throw new UsageException($"{Path} ends at byte {position}, in the middle of {what}; it is truncated: download or export it again.");
                target = target[read..];
                position += read;
            }
        }
        catch (IOException e)
        {
            throw new UsageException($"Cannot read {Path} at byte {position}: {e.Message}", e);
        }
    }

    public void Dispose() => handle.Dispose();
}
