using System.Text.Json;
using SafeTune.Images;

namespace SafeTune.Models;

/// <summary>What a model folder's preprocessor_config.json wants done to images; where it says nothing, what transformers' ViTImageProcessor does.</summary>
internal static class ImageProcessorConfig
{
    private const int Usual = 224, LongestSide = 8192;
    private static readonly double[] Half = [0.5, 0.5, 0.5];

    /// <summary>Reads the file; without one, images get the model's size, with a mean and a deviation of a half.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="modelSide">Rows and columns of the images that the model was made for.</param>
    /// <exception cref="UsageException">The file is broken, or asks for what is not done here.</exception>
    public static ImagePreprocessing Read(string folder, int modelSide)
    {
        var path = Path.Combine(folder, "preprocessor_config.json");
        return File.Exists(path)
            ? JsonFile.Read(path, json => Read(path, json) with { Untouched = (modelSide, modelSide) })
            : new ImagePreprocessing { Size = (modelSide, modelSide), Untouched = (modelSide, modelSide) };
    }

    private static ImagePreprocessing Read(string path, JsonElement json)
    {
        var resizes = json.Flag("do_resize") ?? true;
        var edge = resizes && json.Get("size") is { } size ? size.Get("shortest_edge") : null;
        var normalises = json.Flag("do_normalize") ?? true;
        return new ImagePreprocessing
        {
            Size = resizes && edge is null ? Size(path, json, "size") : null,
            ShortestEdge = edge is { } given ? Side(path, "shortest_edge", given) : null,
            Filter = resizes ? Filter(path, json) : ImageFilter.Bilinear,
            Crop = json.Flag("do_center_crop") ?? false ? Size(path, json, "crop_size") : null,
            Rescale = json.Flag("do_rescale") ?? true ? Number(path, json, "rescale_factor") ?? 1 / 255.0 : 1,
            Mean = normalises ? Channels(path, json, "image_mean") : [0, 0, 0],
            Deviation = normalises ? Deviation(path, json) : [1, 1, 1],
        };
    }

    private static (int Height, int Width) Size(string path, JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return (Usual, Usual);
        if (value.ValueKind == JsonValueKind.Number) return (Side(path, key, value), Side(path, key, value));
        return value.Get("height") is { } height && value.Get("width") is { } width
            ? (Side(path, key, height), Side(path, key, width))
            : throw Unknown(path, key, value, "a number, {height, width} or, as a size, {shortest_edge}");
    }

    private static int Side(string path, string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var side) && side is > 0 and <= LongestSide ? side : throw Unknown(path, key, value, $"pixels from 1 to {LongestSide}");

    private static ImageFilter Filter(string path, JsonElement json) => json.Get("resample") is not { } value ? ImageFilter.Bilinear
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && (ImageFilter)number is ImageFilter.Bilinear or ImageFilter.Bicubic ? (ImageFilter)number
        : throw Unknown(path, "resample", value, "2 (bilinear) or 3 (bicubic), the filters that are built in");

    private static double? Number(string path, JsonElement json, string key) => json.Get(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number
        : throw Unknown(path, key, value, "a number");

    private static double[] Channels(string path, JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return Half;
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == RgbImage.Channels && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected three numbers.");
    }

    private static double[] Deviation(string path, JsonElement json)
    {
        var values = Channels(path, json, "image_std");
        return values.All(value => value > 0) ? values : throw Unknown(path, "image_std", json.GetProperty("image_std"), "three numbers above 0");
    }

    private static UsageException Unknown(string path, string key, JsonElement value, string expected) => new($"{path}: '{key}' is {value.GetRawText()}; expected {expected}.");
}
