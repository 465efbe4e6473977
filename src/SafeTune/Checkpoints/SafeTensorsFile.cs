using System.Buffers.Binary;
using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>A safetensors file open for reading. The header is read and checked at once, a tensor's bytes when asked for.</summary>
/// <remarks>Format: https://huggingface.co/docs/safetensors.</remarks>
public sealed class SafeTensorsFile : ITensorFile
{
    private readonly BinaryFile file;
    private readonly long dataStart;
    private readonly Dictionary<string, SafeTensorsEntry> entries;

    private SafeTensorsFile(BinaryFile file)
    {
        this.file = file;
        if (file.Length < 8)
            throw SafeTensorsHeader.Bad(Path, $"it has {file.Length} bytes, expected at least the 8 of the header's length");

        Span<byte> prefix = stackalloc byte[8];
        file.Fill(prefix, 0, "the header's length");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > SafeTensorsHeader.MaxBytes)
            throw SafeTensorsHeader.Bad(Path, $"its header claims {headerBytes} bytes, expected at most {SafeTensorsHeader.MaxBytes}");
        dataStart = 8 + (long)headerBytes;
        if (dataStart > file.Length)
            throw SafeTensorsHeader.Bad(Path, $"its header claims {headerBytes} bytes, but only {file.Length - 8} follow (it is truncated: download or export it again)");

        var json = new byte[headerBytes];
        file.Fill(json, 8, "the header");
        (entries, var metadata) = SafeTensorsHeader.Parse(Path, json, file.Length - dataStart);
        Entries = entries.ToDictionary(e => e.Key, e => e.Value.Tensor);
        Metadata = metadata;
    }

    /// <inheritdoc/>
    public string Path => file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The strings under <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="UsageException">The file is missing, unreadable or breaks a rule of the format; the sentence says which and where.</exception>
    public static SafeTensorsFile Open(string path) => BinaryFile.Open(path, "a safetensors file", file => new SafeTensorsFile(file));

    /// <inheritdoc/>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null)
    {
        var (tensor, begin, _) = entries.TryGetValue(name, out var entry) ? entry : throw Checkpoint.NoTensor(this, name);
        return TensorBytes.Read(tensor.Shape, tensor.Dtype, dtype, device, (bytes, offset) => file.Fill(bytes, dataStart + begin + offset, $"tensor '{name}'"));
    }

    /// <summary>Closes the file. Tensors read from it stay valid.</summary>
    public void Dispose() => file.Dispose();
}
