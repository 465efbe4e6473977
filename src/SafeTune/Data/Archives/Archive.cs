using System.Formats.Tar;
using System.IO.Compression;

namespace SafeTune.Data;

/// <summary>Unpacks .tar, .tar.gz, .tgz and .zip whose contents nobody vouches for: files and folders below the target, and nothing else.</summary>
internal static class Archive
{
    private const string HowToGet = "get the file again.";
    private const int Block = 512;

    // The kind of file in the upper half of a zip entry's attributes, as Unix writes it.
    private const int FileKind = 0xF000, Regular = 0x8000, Folder = 0x4000;

    /// <param name="path">The archive's name, whose ending says what it is.</param>
    /// <param name="packed">Its bytes.</param>
    /// <param name="target">An empty folder.</param>
    /// <exception cref="UsageException">It is damaged, or holds a link or a path that leads elsewhere.</exception>
    /// <exception cref="IOException">A file cannot be written, or what is packed cannot be read.</exception>
    public static void Unpack(string path, Stream packed, string target)
    {
        try
        {
            if (path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)) UnpackZip(packed, target);
            else if (path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) UnpackTar(packed, target);
            else UnpackGzip(packed, target);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or InvalidOperationException or NotSupportedException or OverflowException)
        {
            throw new UsageException($"{path}: it cannot be unpacked ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')}); {HowToGet}", error);
        }
    }

    private static void UnpackGzip(Stream packed, string target)
    {
        using var gzip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        UnpackTar(gzip, target);
    }

    private static void UnpackTar(Stream stream, string target)
    {
        using var tar = new TarReader(stream, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(Below(target, entry.Name));
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    Write(Below(target, entry.Name), entry.Name, entry.DataStream ?? Stream.Null, entry.Length, checksum: null);
                    break;
                case TarEntryType.GlobalExtendedAttributes:
                    break;
                default:
                    throw new InvalidDataException($"its entry '{entry.Name}' is of the type {entry.EntryType}, expected files and folders alone");
            }
        }

        End(stream);
    }

    // Two blocks of zeros end a tar, of which its reader takes one; one that was cut between two files looks whole otherwise. Behind them gzip has its checksum.
    private static void End(Stream stream)
    {
        var rest = 0L;
        var buffer = new byte[Block];
        for (int read; (read = stream.Read(buffer)) > 0; rest += read)
        {
            if (rest < Block && buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) break;
        }

        if (rest < Block) throw new InvalidDataException("its end is missing");
    }

    private static void UnpackZip(Stream packed, string target)
    {
        using var zip = new ZipArchive(packed, ZipArchiveMode.Read, leaveOpen: true);
        foreach (var entry in zip.Entries)
        {
            var kind = (entry.ExternalAttributes >> 16) & FileKind;
            if (kind is not (0 or Regular or Folder)) throw new InvalidDataException($"its entry '{entry.FullName}' is a link or a device, expected files and folders alone");
            var path = Below(target, entry.FullName);
            if (entry.FullName[^1] is '/' or '\\')
            {
                Directory.CreateDirectory(path);
                continue;
            }

            using var stream = entry.Open();
            Write(path, entry.FullName, stream, entry.Length, entry.Crc32);
        }
    }

    private static string Below(string target, string name)
    {
        // Windows writes backslashes; on Linux they would become part of a name.
        string[] parts = name.Split('/', '\\');
        if (name.Length == 0 || parts[0].Length == 0 || parts.Contains("..") || name.Contains(':', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            throw new InvalidDataException($"its entry '{name.Replace('\0', '?')}' leads out of the folder that it is unpacked to");
        var path = Path.GetFullPath(Path.Combine([target, .. parts]));
        return path.StartsWith(target, StringComparison.Ordinal) ? path : throw new InvalidDataException($"its entry '{name}' leads out of the folder that it is unpacked to");
    }

    private static void Write(string path, string name, Stream stream, long length, uint? checksum)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 16];
        var (written, crc) = (0L, 0u);
        for (int read; (read = stream.Read(buffer)) > 0; written += read)
        {
            if (read > length - written) throw new InvalidDataException($"its entry '{name}' is longer than it claims");
            if (checksum is not null) crc = Crc32.Append(crc, buffer.AsSpan(0, read));
            file.Write(buffer, 0, read);
        }

        if (written != length) throw new InvalidDataException(FormattableString.Invariant($"its entry '{name}' ends after {written} of {length} bytes"));
        if (checksum is { } expected && crc != expected) throw new InvalidDataException($"the checksum of its entry '{name}' is wrong");
    }
}
