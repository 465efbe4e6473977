namespace SafeTune.Data;

/// <summary>Folders that may lie packed where they are expected: as the official download, or as an archive called like the folder.</summary>
internal static class ArchivedFolder
{
    private static readonly string[] Endings = [".tar.gz", ".tgz", ".tar", ".zip"];

    // What a file that another process has open for itself alone answers with: EAGAIN of Linux, EWOULDBLOCK of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] InUse = [11, 35, 32];

    /// <summary>The folder, unpacked now if it is not there but an archive of it is beside it; whoever reads it tells if it is missing.</summary>
    /// <param name="folder">Where it is expected.</param>
    /// <param name="archives">What its download is called, where it is not called like the folder.</param>
    /// <exception cref="UsageException">The archive is damaged, or cannot be unpacked there.</exception>
    public static string Find(string folder, params IReadOnlyList<string> archives)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Directory.Exists(target) || Path.GetDirectoryName(target) is not { } parent || !Directory.Exists(parent)) return folder;
        var name = Path.GetFileName(target);
        var archive = archives.Concat(Endings.Select(ending => name + ending)).Select(file => Path.Combine(parent, file)).FirstOrDefault(File.Exists);
        if (archive is not null) Unpack(archive, target);
        return folder;
    }

    private static void Unpack(string archive, string folder)
    {
        // Complete under another name first: a folder that has its name is whole, whenever this process was killed.
        var beside = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.unpacking");
        try
        {
            using var packed = OpenAlone(archive, folder);
            if (packed is null) return;
            if (Directory.Exists(beside)) Directory.Delete(beside, recursive: true);
            Directory.CreateDirectory(beside);
            Archive.Unpack(archive, packed, beside);
            Directory.Move(Inside(beside, Path.GetFileName(folder)), folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{archive}: it cannot be unpacked to {folder} ({error.Message.TrimEnd('.')}); get the file again if it is damaged, else see that there is space and that the place may be written to, or unpack it yourself.", error);
        }
        finally
        {
            TryDelete(beside);
        }
    }

    // The archive itself is the lock: of several processes one unpacks, and the others wait. Null when another has.
    private static FileStream? OpenAlone(string archive, string folder)
    {
        while (true)
        {
            try
            {
                var stream = new FileStream(archive, FileMode.Open, FileAccess.Read, FileShare.None, 1 << 16);
                if (!Directory.Exists(folder)) return stream;
                stream.Dispose();
                return null;
            }
            catch (IOException error) when (InUse.Contains(error.HResult & 0xFFFF))
            {
                Thread.Sleep(millisecondsTimeout: 200);
            }
        }
    }

    // Most archives hold the folder itself; others its contents, or a folder of another name.
    private static string Inside(string unpacked, string name)
    {
        var named = Path.Combine(unpacked, name);
        if (Directory.Exists(named)) return named;
        return Directory.GetFileSystemEntries(unpacked) is [var only] && Directory.Exists(only) ? only : unpacked;
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
