using System.Text.Json;

namespace SafeTune.Images;

/// <summary>A model folder's preprocessor_config.json.</summary>
public static class ImageProcessorConfig
{
    private const string FileName = "preprocessor_config.json";
    private const int MostPixelsOfASide = 1 << 14;

    /// <summary>Reads it; without such a file images are resized to the model's own size and normalised by a half, as ViT's processor does.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="side">Rows and columns of the images that the model was made for.</param>
    /// <exception cref="UsageException">The file is broken.</exception>
    public static ImageProcessing Read(string folder, long side)
    {
        var path = Path.Combine(folder, FileName);
        var usual = new ImageProcessing((int)side, (int)side);
        return File.Exists(path) ? JsonFile.Read(path, json => Read(path, json, usual)) : usual;
    }

    private static ImageProcessing Read(string path, JsonElement json, ImageProcessing usual)
    {
        var size = Flag(json, "do_resize") ? Size(path, json, "size") : null;
        var crop = json.Get("do_center_crop") is { ValueKind: JsonValueKind.True } ? Size(path, json, "crop_size") : null;
        var edge = size is { Height: null } ? size.Value.Edge : null;
        var (height, width) = (crop?.Height ?? size?.Height ?? usual.Height, crop?.Width ?? size?.Width ?? usual.Width);
        return usual with
        {
            Height = height,
            Width = width,
            ShortestEdge = edge ?? (crop is not null && size?.Height is { } side && (side, size?.Width) != (height, width) ? side : null),
            Resampling = Filter(path, json),
            Scale = Flag(json, "do_rescale") ? Number(path, json, "rescale_factor") ?? usual.Scale : 1,
            Mean = Flag(json, "do_normalize") ? Channels(path, json, "image_mean") ?? usual.Mean : [0, 0, 0],
            Deviation = Flag(json, "do_normalize") ? Channels(path, json, "image_std") ?? usual.Deviation : [1, 1, 1],
        };
    }

    private static bool Flag(JsonElement json, string key) => json.Get(key) is not { ValueKind: JsonValueKind.False };

    // A number, {"height", "width"} or {"shortest_edge"}; older files write 224 for both sides.
    private static (int? Height, int? Width, int? Edge)? Size(string path, JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number) return (Side(path, value, key), Side(path, value, key), null);
        if (value.ValueKind != JsonValueKind.Object) throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected a number, height and width, or shortest_edge.");
        int? Of(string name) => value.Get(name) is { } side ? Side(path, side, $"{key}.{name}") : null;
        return (Of("height"), Of("width"), Of("shortest_edge")) switch
        {
            ({ } height, { } width, _) => (height, width, null),
            (_, _, { } edge) => (null, null, edge),
            _ => throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected height and width, or shortest_edge."),
        };
    }

    private static int Side(string path, JsonElement value, string key) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var side) && side is > 0 and <= MostPixelsOfASide
        ? side
        : throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected a whole number from 1 to {MostPixelsOfASide}.");

    private static Resampling Filter(string path, JsonElement json) => json.Get("resample") switch
    {
        null or { ValueKind: JsonValueKind.Null } => Resampling.Bilinear,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var filter) && Enum.IsDefined((Resampling)filter) => (Resampling)filter,
        { } other => throw new UsageException($"{path}: 'resample' is {other.GetRawText()}, and 2 (bilinear) and 3 (bicubic) are known."),
    };

    private static double? Number(string path, JsonElement json, string key) => json.Get(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        { } other => throw new UsageException($"{path}: '{key}' is {other.GetRawText()}; expected a number."),
    };

    private static double[]? Channels(string path, JsonElement json, string key)
    {
        if (json.Get(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 3 && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. value.EnumerateArray().Select(item => item.GetDouble())]
            : throw new UsageException($"{path}: '{key}' is {value.GetRawText()}; expected three numbers.");
    }
}
