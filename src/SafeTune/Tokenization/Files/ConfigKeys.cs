using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>The three ways to cut words.</summary>
internal enum TokenizerKind
{
    WordPiece,
    BytePairs,
    SentencePiece,
}

/// <summary>
/// The keys of tokenizer_config.json that would change the ids and are not known otherwise than at their usual values. Keys that are not in
/// this table are obeyed elsewhere, or change no id in transformers either: it keeps what its classes do not know and does nothing with it.
/// </summary>
internal static class ConfigKeys
{
    private static readonly string[] Flags =
    [
        "do_lower_case", "strip_accents", "tokenize_chinese_chars", "do_basic_tokenize", "clean_text", "add_prefix_space", "add_bos_token", "add_eos_token", "legacy", "trim_offsets",
        "split_special_tokens", "clean_up_tokenization_spaces", "spaces_between_special_tokens",
    ];

    // The classes of transformers that work as this code does; the last two leave everything to tokenizer.json.
    private static readonly Dictionary<TokenizerKind, string[]> Classes = new()
    {
        [TokenizerKind.WordPiece] = ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "LayoutLM", "SqueezeBert", "RetriBert", "DPRContextEncoder", "DPRQuestionEncoder", "DPRReader"],
        [TokenizerKind.BytePairs] = ["GPT2", "Roberta", "Bart", "Longformer"],
        [TokenizerKind.SentencePiece] = ["Llama"],
    };

    /// <summary>Refuses what this code would read otherwise than transformers does.</summary>
    /// <param name="config">tokenizer_config.json.</param>
    /// <param name="kind">How the vocabulary beside it cuts words.</param>
    /// <param name="hasTokenizerJson">Whether tokenizer.json, which says everything, lies beside it.</param>
    /// <exception cref="UsageException">Names the file, the key, its value and what is known.</exception>
    public static void Check(SideJson config, TokenizerKind kind, bool hasTokenizerJson)
    {
        foreach (var flag in Flags) _ = config.Flag(flag);
        CheckClass(config, kind, hasTokenizerJson);
        Only("split_special_tokens", value => value.ValueKind == JsonValueKind.False, "special tokens in a text are always read as such");
        Only("truncation_side", value => Is(value, "right"), "what is too long loses its end");
        Only("auto_map", value => value.Get("AutoTokenizer") is null, "a tokenizer that is code of its own cannot be run");
        // Batches are padded on the right, and padding is masked: both sides give the same ids.
        if (config.Get("padding_side") is { } side && !Is(side, "right") && !Is(side, "left")) throw config.Bad("padding_side", side, "\"right\" or \"left\"");
        if (config.Get("model_max_length") is { ValueKind: not JsonValueKind.Number } length) throw config.Bad("model_max_length", length, "a number");
        if (kind == TokenizerKind.WordPiece)
        {
            Only("do_basic_tokenize", value => value.ValueKind == JsonValueKind.True, "words always end at blanks and punctuation");
            Only("never_split", value => value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() == 0, "every word is split; add such tokens to added_tokens_decoder instead");
            Only("clean_text", value => value.ValueKind == JsonValueKind.True, "control characters always go");
            Only("wordpieces_prefix", value => Is(value, "##"), "## marks a piece inside a word");
            Only("add_bos_token", value => value.ValueKind == JsonValueKind.False, "a text begins with its class token");
        }
        else
        {
            Only("do_lower_case", value => value.ValueKind == JsonValueKind.False, "only WordPiece lowers case");
        }

        if (kind == TokenizerKind.SentencePiece) Only("sp_model_kwargs", value => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any(), "nothing is sampled");
        else Only("add_eos_token", value => value.ValueKind == JsonValueKind.False, "only LLaMA's tokenizer ends a text by choice");

        void Only(string key, Func<JsonElement, bool> isUsual, string known)
        {
            if (config.Get(key) is { } value && !isUsual(value))
                throw new UsageException($"'{config.Path}': {key} is {SideJson.Short(value)}, which is not known here: {known}; choose a model without it, or take the key out.");
        }
    }

    private static void CheckClass(SideJson config, TokenizerKind kind, bool hasTokenizerJson)
    {
        if (config.Text("tokenizer_class") is not { } name) return;
        string[] generic = hasTokenizerJson ? ["PreTrainedTokenizer", "TokenizersBackend"] : [];
        var known = Classes[kind].Select(family => family + "Tokenizer").Concat(generic);
        if (!known.Any(known => name == known || name == known + "Fast"))
            throw new UsageException($"'{config.Path}': tokenizer_class is \"{name}\", and the vocabulary beside it is read as {string.Join(", ", known)} read theirs; choose a model with such a tokenizer.");
    }

    private static bool Is(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.GetString() == text;
}
