using System.Text.Json;

namespace SafeTune.Checkpoints;

/// <summary>Parses and checks the JSON header of a safetensors file against the file's length. Nothing in it is trusted.</summary>
internal static class SafeTensorsHeader
{
    /// <summary>The reference implementation's limit, in bytes.</summary>
    public const long MaxBytes = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <param name="path">Named in errors.</param>
    /// <param name="json">The header, UTF-8, padded with spaces.</param>
    /// <param name="dataBytes">Bytes between the header and the end of the file.</param>
    /// <exception cref="UsageException">The header breaks a rule of the format.</exception>
    public static (Dictionary<string, SafeTensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(string path, ReadOnlyMemory<byte> json, long dataBytes)
    {
        using var document = Json(path, json);
        try
        {
            return Read(path, document, dataBytes);
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException($"{path} is not a valid safetensors file: a string in its header is not valid Unicode.", e);
        }
    }

    public static UsageException Bad(string path, string what) => new($"{path} is not a valid safetensors file: {what}.");

    private static (Dictionary<string, SafeTensorsEntry> Entries, Dictionary<string, string> Metadata) Read(string path, JsonDocument document, long dataBytes)
    {
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"its header is a JSON {document.RootElement.ValueKind}, expected an object that maps names to tensors");

        Dictionary<string, SafeTensorsEntry> entries = [];
        Dictionary<string, string>? metadata = null;
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                if (metadata is not null) throw Bad(path, $"its header has {MetadataKey} twice, expected once");
                metadata = Metadata(path, property.Value);
            }
            else if (!entries.TryAdd(property.Name, Entry(path, property.Name, property.Value)))
            {
                throw Bad(path, $"its header names tensor '{property.Name}' twice, expected every name once");
            }
        }
        CheckLayout(path, entries.Values, dataBytes);
        return (entries, metadata ?? []);
    }

    private static JsonDocument Json(string path, ReadOnlyMemory<byte> json)
    {
        if (json.Span is [] || json.Span[0] != (byte)'{')
            throw Bad(path, "its header does not begin with '{'");
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is not a valid safetensors file: its header is not JSON at byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1}; download or export the file again.", e);
        }
    }

    private static Dictionary<string, string> Metadata(string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"{MetadataKey} is a JSON {value.ValueKind}, expected an object of strings");
        Dictionary<string, string> metadata = [];
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String)
                throw Bad(path, $"{MetadataKey} key '{item.Name}' is a JSON {item.Value.ValueKind}, expected a string");
            if (!metadata.TryAdd(item.Name, item.Value.GetString()!))
                throw Bad(path, $"{MetadataKey} has key '{item.Name}' twice, expected once");
        }
        return metadata;
    }

    private static SafeTensorsEntry Entry(string path, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"tensor '{name}' is described by a JSON {value.ValueKind}, expected an object with dtype, shape and data_offsets");
        string? dtypeName = null;
        long[]? shape = null, offsets = null;
        foreach (var field in value.EnumerateObject())
        {
            switch (field.Name)
            {
                case "dtype" when dtypeName is null && field.Value.ValueKind == JsonValueKind.String: dtypeName = field.Value.GetString(); break;
                case "shape" when shape is null: shape = Longs(path, name, field); break;
                case "data_offsets" when offsets is null: offsets = Longs(path, name, field); break;
                default: throw Bad(path, $"tensor '{name}' has an unexpected, repeated or mistyped field '{field.Name}', expected dtype, shape and data_offsets once each");
            }
        }
        if (dtypeName is null || shape is null || offsets is not [var begin, var end])
            throw Bad(path, $"tensor '{name}' lacks dtype, shape or a pair of data_offsets");
        var dtype = SafeTensorsDtype.Find(dtypeName)
            ?? throw new UsageException($"{path}: tensor '{name}' has dtype {dtypeName}, expected one of {SafeTensorsDtype.Names}; convert the file to F32, F16 or BF16.");
        if (end < begin)
            throw Bad(path, $"tensor '{name}' ends at byte {end}, before it begins at byte {begin}");
        var expected = TensorEntry.BytesOf(shape, SafeTensorsDtype.Bytes(dtype))
            ?? throw Bad(path, $"tensor '{name}' of shape {TensorEntry.Text(shape)} has more bytes than a 64-bit number can hold");
        if (end - begin != expected)
            throw Bad(path, $"tensor '{name}' of shape {TensorEntry.Text(shape)} and dtype {dtypeName} needs {expected} bytes, but its offsets {begin} to {end} hold {end - begin}");
        return new(new(name, dtype, shape), begin, end);
    }

    private static long[] Longs(string path, string name, JsonProperty field)
    {
        if (field.Value.ValueKind != JsonValueKind.Array)
            throw Bad(path, $"tensor '{name}' has {field.Name} as a JSON {field.Value.ValueKind}, expected an array of whole numbers");
        var values = new long[field.Value.GetArrayLength()];
        var i = 0;
        foreach (var item in field.Value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out values[i]) || values[i] < 0)
                throw Bad(path, $"tensor '{name}' has {item.GetRawText()} in its {field.Name}, expected whole numbers from 0 to {long.MaxValue}");
            i++;
        }
        return values;
    }

    private static void CheckLayout(string path, IEnumerable<SafeTensorsEntry> entries, long dataBytes)
    {
        var position = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != position)
                throw Bad(path, $"tensor '{entry.Tensor.Name}' begins at byte {entry.Begin} of the data, expected {position} ({(entry.Begin < position ? "it overlaps the tensor before" : "there is a hole before it")})");
            position = entry.End;
            if (position > dataBytes)
                throw Bad(path, $"tensor '{entry.Tensor.Name}' ends at byte {position} of the data, but the file holds {dataBytes} (it is truncated: download or export it again)");
        }
        if (position != dataBytes)
            throw Bad(path, $"its last tensor ends at byte {position} of the data, but the file holds {dataBytes}");
    }
}
