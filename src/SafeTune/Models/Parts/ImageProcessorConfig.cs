using System.Text.Json;

namespace SafeTune.Models;

/// <summary>How a model folder's preprocessor_config.json wants images normalised.</summary>
internal static class ImageProcessorConfig
{
    private static readonly double[] Half = [0.5, 0.5, 0.5];

    /// <summary>Mean and deviation of the three channels; a half each when the folder has no such file, as ViT's processor does.</summary>
    /// <exception cref="UsageException">The file is broken.</exception>
    public static (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation) Read(string folder)
    {
        var path = Path.Combine(folder, "preprocessor_config.json");
        if (!File.Exists(path)) return (Half, Half);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            return (Channels(path, json.RootElement, "image_mean"), Channels(path, json.RootElement, "image_std"));
        }
        catch (JsonException error)
        {
            throw new UsageException($"{path}, line {error.LineNumber + 1}: not valid JSON: {error.Message}", error);
        }
    }

    private static double[] Channels(string path, JsonElement json, string key)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null) return Half;
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected three numbers.");
    }
}
