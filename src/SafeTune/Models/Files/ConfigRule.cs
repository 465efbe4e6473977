using System.Globalization;
using System.Text.Json;

namespace SafeTune.Models;

/// <summary>A key of config.json that changes what the model computes in a way that is not built here, unless its value is the one that changes nothing. Null is one always.</summary>
/// <param name="Key">The key.</param>
/// <param name="Allowed">What its value may be, in words.</param>
/// <param name="Holds">Whether a value changes nothing.</param>
internal sealed record ConfigRule(string Key, string Allowed, Func<JsonElement, bool> Holds)
{
    /// <summary>A key that may have certain values only: true or false, numbers, texts.</summary>
    public static ConfigRule Only(string key, params object[] values) =>
        new(key, string.Join(" or ", values.Select(Text)), json => values.Any(value => Is(json, value)));

    /// <summary>A key that may be missing, null, false or empty only.</summary>
    public static ConfigRule Off(string key) => new(key, "null", IsOff);

    /// <summary>What newer families let differ in attention and the feed-forward part: heads of that size, as many of keys as of queries, and biases.</summary>
    public static IEnumerable<ConfigRule> OfPlainHeads(long size, int heads, bool attentionBias = true) =>
        [Only("head_dim", size), Only("num_key_value_heads", heads), Only("attention_bias", attentionBias), Only("mlp_bias", true)];

    /// <summary>Whether a value says nothing: null, false, an empty list or an empty object.</summary>
    public static bool IsOff(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Object => !json.EnumerateObject().Any(),
        JsonValueKind.Array => json.GetArrayLength() == 0,
        _ => false,
    };

    /// <summary>Refuses a value that is not allowed.</summary>
    /// <exception cref="UsageException">Names the key, its value and what is allowed.</exception>
    public void Check(ConfigFile file)
    {
        if (file.Json.Get(Key) is { } value && !Holds(value))
            throw new UsageException($"{file.Path}: '{Key}' is {Short(value)}, which changes what the model computes and is not supported; only {Allowed} is.");
    }

    private static bool Is(JsonElement json, object value) => value switch
    {
        bool flag => json.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        string text => json.ValueKind == JsonValueKind.String && json.GetString() == text,
        _ => json.ValueKind == JsonValueKind.Number && json.GetDouble() == Convert.ToDouble(value, CultureInfo.InvariantCulture),
    };

    private static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        string text => $"'{text}'",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Short(JsonElement value) => value.ValueKind == JsonValueKind.String ? $"'{value.GetString()}'" : value.GetRawText().ReplaceLineEndings(" ") is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
