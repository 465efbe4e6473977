using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace SafeTune.Data;

/// <summary>
/// Rows of bytes, added in order and then read in any order by several threads at once. The last ones added are in memory; what outgrows it moves to a temporary file
/// (of <c>TMPDIR</c>) that has no name and ends with the process, killed or not.
/// </summary>
/// <param name="mostInMemory">Bytes in memory after which they move.</param>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as its examples, which nobody disposes; the handle closes itself.")]
internal sealed class RowStore(int mostInMemory = 64 << 20)
{
    private readonly List<long> ends = [0];
    private readonly ArrayBufferWriter<byte> memory = new();
    private SafeFileHandle? file;
    private long inFile;

    public int Count => ends.Count - 1;

    /// <exception cref="UsageException">The temporary file cannot be written.</exception>
    public void Add(ReadOnlySpan<byte> row)
    {
        memory.Write(row);
        ends.Add(ends[^1] + row.Length);
        if (memory.WrittenCount >= mostInMemory) Move();
    }

    /// <summary>The bytes of a row.</summary>
    public byte[] this[int row]
    {
        get
        {
            var (start, bytes) = (ends[row], new byte[ends[row + 1] - ends[row]]);
            if (start >= inFile) memory.WrittenSpan.Slice((int)(start - inFile), bytes.Length).CopyTo(bytes);
            else
            {
                for (var read = 0; read < bytes.Length;)
                    read += RandomAccess.Read(file!, bytes.AsSpan(read), start + read) is > 0 and var more ? more : throw new InvalidOperationException("The temporary file of rows was cut.");
            }
            return bytes;
        }
    }

    private void Move()
    {
        try
        {
            file ??= Nameless();
            RandomAccess.Write(file, memory.WrittenSpan, inFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{Path.GetTempPath()}: data that does not fit in memory cannot be written there ({error.Message.TrimEnd('.')}); free some space, or name another folder in TMPDIR.", error);
        }

        inFile += memory.WrittenCount;
        memory.ResetWrittenCount();
    }

    private static SafeFileHandle Nameless()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        // Deleted while it is open: its space is free again when the process ends, however it ends.
        File.Delete(path);
        return handle;
    }
}
