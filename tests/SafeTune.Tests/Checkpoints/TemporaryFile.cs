using System.Buffers.Binary;
using System.Text;

namespace SafeTune.Tests.Checkpoints;

/// <summary>A path in the temporary folder that goes away with the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"safetune-{Guid.NewGuid():N}.safetensors");

    /// <summary>A safetensors file from a header as text and data bytes; nothing is checked.</summary>
    public static TemporaryFile With(string header, byte[] data, ulong? claimedHeaderBytes = null)
    {
        var file = new TemporaryFile();
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedHeaderBytes ?? (ulong)text.Length);
        File.WriteAllBytes(file.Path, [.. length, .. text, .. data]);
        return file;
    }

    public void Dispose() => File.Delete(Path);
}
