using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>A safetensors file open for reading. The header is read and checked at once, a tensor's bytes when asked for.</summary>
/// <remarks>Format: https://huggingface.co/docs/safetensors. Reading a tensor needs memory for that tensor alone.</remarks>
public sealed class SafeTensorsFile : ITensorFile
{
    private readonly string path;
    private readonly SafeFileHandle handle;
    private readonly long dataStart;
    private readonly Dictionary<string, TensorEntry> entries;

    private SafeTensorsFile(string path, SafeFileHandle handle)
    {
        this.path = path;
        this.handle = handle;
        var fileBytes = RandomAccess.GetLength(handle);
        if (fileBytes < 8)
            throw SafeTensorsHeader.Bad(path, $"it has {fileBytes} bytes, expected at least the 8 of the header's length");

        Span<byte> prefix = stackalloc byte[8];
        Fill(prefix, 0, "the header's length");
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > SafeTensorsHeader.MaxBytes)
            throw SafeTensorsHeader.Bad(path, $"its header claims {headerBytes} bytes, expected at most {SafeTensorsHeader.MaxBytes}");
        dataStart = 8 + (long)headerBytes;
        if (dataStart > fileBytes)
            throw SafeTensorsHeader.Bad(path, $"its header claims {headerBytes} bytes, but only {fileBytes - 8} follow (it is truncated: download or export it again)");

        var json = new byte[headerBytes];
        Fill(json, 8, "the header");
        (entries, var metadata) = SafeTensorsHeader.Parse(path, json, fileBytes - dataStart);
        Metadata = metadata;
    }

    /// <inheritdoc/>
    public string Path => path;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => entries;

    /// <summary>The strings under <c>__metadata__</c>; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="UsageException">The file is missing, unreadable or breaks a rule of the format; the sentence says which and where.</exception>
    public static SafeTensorsFile Open(string path)
    {
        SafeFileHandle handle;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(File.Exists(path) ? $"Cannot read {path}: {e.Message}" : $"There is no file {path}; expected a safetensors file.", e);
        }
        try
        {
            return new(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">A key of <see cref="Entries"/>.</param>
    /// <param name="dtype">Type to convert to; null keeps the file's, for example half precision.</param>
    /// <param name="device">Where the tensor goes; null is the CPU.</param>
    /// <returns>A new tensor of the entry's shape, without gradient; the caller or its dispose scope owns it.</returns>
    /// <exception cref="UsageException">There is no such tensor (the nearest name is suggested), or the file shrank meanwhile.</exception>
    public Tensor Read(string name, ScalarType? dtype = null, Device? device = null)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new UsageException($"{path} has no tensor '{name}'; it has {entries.Count} others.{Nearest.Hint(name, entries.Keys)}");
        var tensor = empty(entry.Shape, dtype: entry.Dtype, device: CPU);
        try
        {
            var position = dataStart + entry.Begin;
            TensorBytes.Visit(tensor, bytes =>
            {
                Fill(bytes, position, $"tensor '{name}'");
                position += bytes.Length;
            });
            if (dtype is { } wanted && wanted != entry.Dtype) tensor = Replace(tensor, tensor.to(wanted));
            if (device is { type: not DeviceType.CPU }) tensor = Replace(tensor, tensor.to(device));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file. Tensors read from it stay valid.</summary>
    public void Dispose() => handle.Dispose();

    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }

    private void Fill(Span<byte> target, long position, string what)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(handle, target, position);
            if (read == 0)
                throw SafeTensorsHeader.Bad(path, $"it ends at byte {position}, in the middle of {what}");
            target = target[read..];
            position += read;
        }
    }
}
