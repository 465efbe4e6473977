using System.Globalization;
using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>A JSON file beside a vocabulary, and its values in the kinds that are expected.</summary>
/// <param name="Path">The file, named in errors.</param>
/// <param name="Root">An object.</param>
internal sealed record SideJson(string Path, JsonElement Root)
{
    private static readonly string[] Flags = ["lstrip", "rstrip", "single_word", "normalized", "special"];

    /// <summary>Reads a file of a folder; null when there is none.</summary>
    /// <exception cref="UsageException">It cannot be read, or holds no object.</exception>
    public static SideJson? Read(string folder, string name)
    {
        var path = System.IO.Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        var root = JsonFile.Read(path, json => json.Clone());
        return root.ValueKind == JsonValueKind.Object
            ? new SideJson(path, root)
            : throw new UsageException($"'{path}' holds {Short(root)}, expected a JSON object; get the file again.");
    }

    /// <summary>A value that is there and not null.</summary>
    public JsonElement? Get(string key) => Root.Get(key);

    /// <summary>Whether the key is there, with null too.</summary>
    public bool Has(string key) => Root.TryGetProperty(key, out _);

    /// <summary>A value that must be true, false or null.</summary>
    public bool? Flag(string key) => Flag(key, Get(key));

    /// <summary>A value that must be a text.</summary>
    public string? Text(string key) => Get(key) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(key, value, "a text");

    /// <summary>A token, written as a text or as an object with its <c>content</c>.</summary>
    public DeclaredToken? Token(string key) => Get(key) is { } value ? Token(key, value) : null;

    /// <summary>Several tokens: an array, or an object whose values are tokens.</summary>
    public IEnumerable<DeclaredToken> Tokens(string key) => Get(key) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select((value, i) => Token($"{key}[{i}]", value)),
        { ValueKind: JsonValueKind.Object } named => named.EnumerateObject().Select(entry => Token($"{key}.{entry.Name}", entry.Value)),
        { } value => throw Bad(key, value, "a list of tokens"),
    };

    /// <summary>A token as an object.</summary>
    /// <param name="where">Its place in the file.</param>
    /// <param name="value">With content, lstrip, rstrip, single_word, normalized and special.</param>
    /// <param name="id">Its id.</param>
    /// <param name="special">What it is when the file does not say.</param>
    public DeclaredToken Token(string where, JsonElement value, int id, bool special)
    {
        const string expected = "an object with the token's content";
        if (value.ValueKind != JsonValueKind.Object || value.Text("content") is not { Length: > 0 } text) throw Bad(where, value, expected);
        foreach (var entry in value.EnumerateObject())
        {
            if (entry.Name is not ("content" or "id" or "__type") && !Flags.Contains(entry.Name))
                throw new UsageException($"'{Path}': {where} has the key '{entry.Name}', expected content, {string.Join(", ", Flags)}; correct it.");
        }

        bool Of(string key, bool otherwise) => Flag($"{where}.{key}", value.Get(key)) ?? otherwise;
        var isSpecial = Of("special", special);
        return new DeclaredToken(new AddedToken(text, id)
        {
            TakesBlanksBefore = Of("lstrip", false), TakesBlanksAfter = Of("rstrip", false), IsWord = Of("single_word", false), IsNormalized = Of("normalized", !isSpecial), IsSpecial = isSpecial,
        }, Path, IsPlain: false);
    }

    /// <summary>An id: a whole number from 0 on.</summary>
    public int Id(string where, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id >= 0 ? id : throw Bad(where, value, "an id, a whole number from 0 on");

    /// <summary>The same, written as a key.</summary>
    public int Id(string where, string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new UsageException($"'{Path}': {where} has the key '{key}', expected an id, a whole number from 0 on; correct it.");

    /// <summary>What to say of a value that is not what was expected.</summary>
    public UsageException Bad(string where, JsonElement value, string expected) => new($"'{Path}': {where} is {Short(value)}, expected {expected}; correct it.");

    /// <summary>A value as it stands in the file, cut.</summary>
    public static string Short(JsonElement value)
    {
        var text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length > 60 ? text[..60] + "…" : text;
    }

    private DeclaredToken Token(string where, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when value.GetString() is { Length: > 0 } text => new DeclaredToken(new AddedToken(text, -1) { IsSpecial = true }, Path, IsPlain: true),
        JsonValueKind.Object => Token(where, value, id: -1, special: true),
        _ => throw Bad(where, value, "a token such as \"[PAD]\", or an object with its content"),
    };

    private bool? Flag(string where, JsonElement? value) => value is null ? null : value.Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Bad(where, value.Value, "true, false or null"),
    };
}
