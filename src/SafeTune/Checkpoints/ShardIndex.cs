using System.Text.Json;

namespace SafeTune.Checkpoints;

/// <summary>Parses and checks the index of a checkpoint in several files: <c>{"metadata": {…}, "weight_map": {name: file}}</c>.</summary>
internal static class ShardIndex
{
    private const long MaxBytes = 100_000_000;

    /// <summary>The tensors' names and the files they are in, relative to the index's folder.</summary>
    /// <exception cref="UsageException">The index is missing, is not JSON, names a tensor twice or a file outside its folder.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        using var document = Json(path);
        try
        {
            return Map(path, document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException($"{path} is not a valid index: a string in it is not valid Unicode.", e);
        }
    }

    public static UsageException Bad(string path, string what) => new($"{path} is not a valid index: {what}.");

    private static JsonDocument Json(string path)
    {
        using var file = BinaryFile.Open(path, "the index of a checkpoint in several files");
        if (file.Length > MaxBytes) throw Bad(path, $"it has {file.Length} bytes, expected at most {MaxBytes}");
        var bytes = new byte[file.Length];
        file.Fill(bytes, 0, "the index");
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is not a valid index: it is not JSON at byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1}; download it again.", e);
        }
    }

    private static Dictionary<string, string> Map(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw Bad(path, "it has no object 'weight_map', which maps names of tensors to files");
        Dictionary<string, string> files = [];
        foreach (var item in map.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String)
                throw Bad(path, $"it places tensor '{item.Name}' in a JSON {item.Value.ValueKind}, expected the name of a file");
            if (!files.TryAdd(item.Name, Inside(path, item.Value.GetString()!)))
                throw Bad(path, $"it places tensor '{item.Name}' twice, expected every name once");
        }
        return files;
    }

    // By the name alone: the hub's cache keeps links in its folders whose targets lie elsewhere.
    private static string Inside(string path, string file) =>
        file.Length > 0 && !Path.IsPathRooted(file) && !file.AsSpan().ContainsAny('\\', ':', '\0') && !file.Split('/').Contains("..")
            ? file
            : throw Bad(path, $"it names the file '{file}', expected one in its own folder");
}
