namespace SafeTune.Checkpoints.Pickles;

/// <summary>Bytes of a storage in the file, checked against their checksum, where there is one, before the first of them is used.</summary>
/// <param name="file">The file.</param>
/// <param name="what">Named in errors.</param>
/// <param name="position">The first byte.</param>
/// <param name="length">How many.</param>
/// <param name="crc32">As the zip's directory has it; null when the format has none.</param>
internal sealed class StoredBytes(BinaryFile file, string what, long position, long length, uint? crc32)
{
    private const int PieceBytes = 1 << 20;

    private bool isChecked = crc32 is null;

    public long Position => position;

    public long Length => length;

    /// <summary>Fills the span with the bytes from an offset on; <see cref="Check"/> comes first.</summary>
    public void Fill(Span<byte> target, long offset) => file.Fill(target, position + offset, what);

    /// <summary>All of them, checked; for the short texts of a zip.</summary>
    public byte[] ToArray()
    {
        Check();
        var bytes = new byte[length];
        Fill(bytes, 0);
        return bytes;
    }

    /// <summary>Compares the checksum, the first time that it is called.</summary>
    /// <remarks>A tensor may be a part of its storage, so the checksum has its own pass over the whole, a piece at a time.</remarks>
    /// <exception cref="UsageException">The bytes are not those that were written.</exception>
    public void Check()
    {
        if (isChecked) return;
        var piece = new byte[Math.Clamp(length, 1, PieceBytes)];
        var crc = 0u;
        for (var done = 0L; done < length; done += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, length - done));
            file.Fill(part, position + done, what);
            crc = Crc32.Append(crc, part);
        }
        if (crc != crc32)
            throw new UsageException($"{file.Path} is damaged: {what} has the checksum {crc:x8}, expected {crc32:x8}; download or export the file again.");
        isChecked = true;
    }
}
