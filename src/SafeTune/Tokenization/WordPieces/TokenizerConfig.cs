using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>What a BERT model's <c>tokenizer_config.json</c> says; where it is silent or missing, the defaults of transformers' BertTokenizer.</summary>
internal sealed record TokenizerConfig(
    bool LowerCase, bool StripAccents, bool SpaceChinese, string Pad, string Unknown, string Class, string Separator, string Mask)
{
    /// <exception cref="UsageException">The file is not valid JSON, or a value has another type than expected.</exception>
    public static TokenizerConfig Load(string modelFolder)
    {
        var path = Path.Combine(modelFolder, "tokenizer_config.json");
        if (!File.Exists(path))
            return From(default, path);
        return JsonFile.Read(path, json => From(json, path));
    }

    private static TokenizerConfig From(JsonElement json, string path)
    {
        var lowerCase = Flag("do_lower_case") ?? true;
        return new TokenizerConfig(
            lowerCase,
            Flag("strip_accents") ?? lowerCase,
            Flag("tokenize_chinese_chars") ?? true,
            Token("pad_token", "[PAD]"),
            Token("unk_token", "[UNK]"),
            Token("cls_token", "[CLS]"),
            Token("sep_token", "[SEP]"),
            Token("mask_token", "[MASK]"));

        JsonElement? Value(string key) =>
            json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

        bool? Flag(string key) => Value(key) is not { } value ? null : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new UsageException($"'{path}': {key} is {value.GetRawText()}, expected true, false or null; correct it."),
        };

        // Written as a string, or as an object with the token in "content".
        string Token(string key, string otherwise)
        {
            if (Value(key) is not { } value)
                return otherwise;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content))
                value = content;
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } token
                ? token
                : throw new UsageException($"'{path}': {key} is {value.GetRawText()}, expected a token such as \"{otherwise}\"; correct it.");
        }
    }
}
