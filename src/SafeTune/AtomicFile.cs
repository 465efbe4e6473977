using System.Runtime.InteropServices;
using System.Text;

namespace SafeTune;

/// <summary>
/// Files that survive a crash: written beside the target, flushed to disk, renamed over it, and the directory flushed.
/// A reader sees the old file or the new one, never half of either.
/// </summary>
public static class AtomicFile
{
    /// <summary>What is being written is called so. The name is fixed: what a killed process left behind is overwritten by the next write instead of piling up.</summary>
    internal const string Suffix = ".partial";

    /// <summary>Replaces a file by a text in UTF-8 without a byte order mark. Creates the folder when it is missing.</summary>
    /// <exception cref="UsageException">The file cannot be written (no space, no permission); the old one is untouched.</exception>
    public static void WriteAllText(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Replaces a file by what <paramref name="write"/> writes into the stream. Creates the folder when it is missing.</summary>
    /// <exception cref="UsageException">The file cannot be written (no space, no permission); the old one is untouched.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, new FileSteps());

    internal static void Write(string path, Action<Stream> write, FileSteps steps)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new UsageException($"'{path}' is a folder, not a file to write: name a file.");
        var beside = target + Suffix;
        var ours = false;
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = steps.Create(beside))
            {
                ours = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            steps.Rename(beside, target);
            ours = false;
            steps.FlushFolder(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Sentence(target, error), error);
        }
        finally
        {
            if (ours)
                TryDelete(beside);
        }
    }

    private static string Sentence(string target, Exception error)
    {
        // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL of Windows.
        var full = error is IOException && (error.HResult & 0xFFFF) is 28 or 122 or 112;
        return full
            ? $"No space left to write '{target}': free some space on that disk or choose another folder; what was there before is untouched."
            : $"'{target}' cannot be written: {error.Message.TrimEnd('.')}; what was there before is untouched.";
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }

    /// <summary>A rename is only safe once the directory that holds it is on disk. Windows has no such call and needs none.</summary>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenFolder(Encoding.UTF8.GetBytes(folder + "\0"), 0);
        if (descriptor < 0)
            return;
        _ = FlushDescriptor(descriptor);
        _ = CloseDescriptor(descriptor);
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFolder(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FlushDescriptor(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CloseDescriptor(int descriptor);
}
