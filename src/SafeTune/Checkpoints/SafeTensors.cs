using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace SafeTune.Checkpoints;

/// <summary>Writes safetensors files byte for byte as the reference implementation does.</summary>
public static class SafeTensors
{
    /// <summary>What older readers demand of a file that holds torch tensors.</summary>
    public static IReadOnlyDictionary<string, string> TorchMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes the tensors beside the target and renames the finished file, so that a crash leaves the old one or the new one.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="tensors">Names and values; any device and layout. One tensor at a time is copied, and only where it is not contiguous on the CPU.</param>
    /// <param name="metadata">Strings for the header, for example <see cref="TorchMetadata"/>.</param>
    /// <remarks>Order: element type (strictest alignment first), then name; the header is padded with spaces to 8 bytes.</remarks>
    /// <exception cref="UsageException">Two tensors have one name, or a type has no name in the format.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = tensors.OrderBy(t => Order(path, t)).ThenBy(t => t.Name, StringComparer.Ordinal).ToList();
        var header = Header(path, sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, value) in sorted) WriteData(stream, value);
        });
    }

    private static int Order(string path, (string Name, Tensor Value) tensor) =>
        SafeTensorsDtype.Order(tensor.Value.dtype) is >= 0 and var order
            ? order
            : throw new UsageException($"Cannot write {path}: tensor '{tensor.Name}' has dtype {tensor.Value.dtype}, expected one of {SafeTensorsDtype.Names}.");

    private static byte[] Header(string path, List<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        HashSet<string> names = ["__metadata__"];
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }
            var begin = 0L;
            foreach (var (name, value) in tensors)
            {
                if (!names.Add(name))
                    throw new UsageException($"Cannot write {path}: tensor name '{name}' is {(name == "__metadata__" ? "reserved by the format" : "used twice, expected every name once")}.");
                var end = begin + value.NumberOfElements * SafeTensorsDtype.Bytes(value.dtype);
                WriteEntry(json, name, value, begin, end);
                begin = end;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        if (buffer.Length > SafeTensorsHeader.MaxBytes)
            throw new UsageException($"Cannot write {path}: its header would have {buffer.Length} bytes, expected at most {SafeTensorsHeader.MaxBytes}; split the file.");
        return buffer.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, Tensor value, long begin, long end)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", SafeTensorsDtype.Name(value.dtype));
        json.WriteStartArray("shape");
        foreach (var size in value.shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteData(Stream stream, Tensor value)
    {
        using var scope = NewDisposeScope();
        var plain = value.detach().cpu().contiguous();
        TensorBytes.Visit(plain, bytes => stream.Write(bytes));
    }
}
