using System.Text;
using System.Text.Json;

namespace SafeTune;

/// <summary>Reads JSON files whose contents nobody vouches for.</summary>
internal static class JsonFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, named in errors.</param>
    /// <param name="read">Takes what is wanted from the root.</param>
    /// <exception cref="UsageException">The file cannot be read, or is no valid JSON; the sentence names the line.</exception>
    public static T Read<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(Strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF'));
            CheckStrings(json.RootElement);
            return read(json.RootElement);
        }
        catch (JsonException error)
        {
            throw new UsageException($"'{path}' cannot be read: it is not valid JSON at line {(error.LineNumber ?? 0) + 1}; get the file again.", error);
        }
        catch (Exception error) when (error is DecoderFallbackException or InvalidOperationException)
        {
            throw new UsageException($"'{path}' cannot be read: it is not valid Unicode; get the file again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    // An escaped half of a surrogate pair is found only when its string is read; better here than anywhere.
    private static void CheckStrings(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                _ = json.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) CheckStrings(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    _ = property.Name;
                    CheckStrings(property.Value);
                }

                break;
        }
    }

    /// <summary>A property of an object; null when it is missing, null, or this is no object.</summary>
    public static JsonElement? Get(this JsonElement json, string key) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A property's text; null when it is none.</summary>
    public static string? Text(this JsonElement json, string key) => json.Get(key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    /// <summary>A property that is true or false; null when it is neither.</summary>
    public static bool? Flag(this JsonElement json, string key) => json.Get(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : null;
}
