using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SafeTune.Models;

/// <summary>A model folder's config.json before its model type is known.</summary>
internal sealed record ConfigFile(string Path, JsonElement Json)
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The value of <c>model_type</c>.</summary>
    public string ModelType => Json.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String
        ? type.GetString()!
        : throw new UsageException($"{Path}: expected a string under 'model_type'.");

    /// <summary>The first name under <c>architectures</c>: the class that the weights were saved from; null when there is none.</summary>
    public string? Architecture => Json.TryGetProperty("architectures", out var names) && names.ValueKind == JsonValueKind.Array && names.GetArrayLength() > 0 ? names[0].ToString() : null;

    public static ConfigFile Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"The model folder '{folder}' does not exist.");
        var path = System.IO.Path.Combine(folder, "config.json");
        if (!File.Exists(path)) throw new UsageException($"The model folder '{folder}' has no config.json; expected a Hugging Face folder with config.json, the weights and the tokenizer's files.");
        return new ConfigFile(path, JsonFile.Read(path, json => json.ValueKind == JsonValueKind.Object ? json.Clone() : throw new UsageException($"{path}: expected a JSON object.")));
    }
}
