using System.Text.Json;

namespace SafeTune.Models;

/// <summary>How a model folder's preprocessor_config.json wants images normalised.</summary>
internal static class ImageProcessorConfig
{
    private static readonly double[] Half = [0.5, 0.5, 0.5];

    /// <summary>Mean and deviation of the three channels; a half each when the folder has no such file, as ViT's processor does.</summary>
    /// <exception cref="UsageException">The file is broken.</exception>
    public static (double[] Mean, double[] Deviation) Read(string folder)
    {
        var path = Path.Combine(folder, "preprocessor_config.json");
        if (!File.Exists(path)) return (Half, Half);
        return JsonFile.Read(path, json => (Channels(path, json, "image_mean"), Channels(path, json, "image_std")));
    }

    private static double[] Channels(string path, JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return Half;
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected three numbers.");
    }
}
