using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>What the files say about a WordPiece vocabulary; where they are silent or missing, the defaults of transformers' BertTokenizer.</summary>
/// <param name="LowerCase">Letters become small ones.</param>
/// <param name="StripAccents">Accents go.</param>
/// <param name="SpaceChinese">Every Chinese character is a word.</param>
/// <param name="MaxWordCodePoints">A longer word is unknown.</param>
internal sealed record WordPieceSettings(bool LowerCase, bool StripAccents, bool SpaceChinese, int MaxWordCodePoints)
{
    private const int UsualLongest = 100;

    /// <summary>Reads the settings. tokenizer_config.json has the last word, as in transformers, where its class is one of BERT's.</summary>
    /// <exception cref="UsageException">A value is not known here, or has another type than expected.</exception>
    public static WordPieceSettings Of(SideFiles files)
    {
        var model = files.Json is { } json ? Check(json) : default;
        var normalizer = files.IsGeneric ? files.Json!.Get("normalizer") : null;
        bool? Setting(string key, string inNormalizer) => files.Config?.Flag(key) ?? normalizer?.Flag(inNormalizer);
        var lowerCase = Setting("do_lower_case", "lowercase") ?? true;
        return new WordPieceSettings(
            lowerCase, Setting("strip_accents", "strip_accents") ?? lowerCase, Setting("tokenize_chinese_chars", "handle_chinese_chars") ?? true,
            model.Get("max_input_chars_per_word") is { } longest ? files.Json!.Id("model.max_input_chars_per_word", longest) : UsualLongest);
    }

    private static JsonElement Check(SideJson json)
    {
        if (json.Get("model") is not { } model || TokenizerJson.KindOf(json) != "WordPiece" || model.Get("vocab") is null)
            throw new UsageException($"'{json.Path}' holds a model of the kind '{TokenizerJson.KindOf(json)}', expected WordPiece and its vocab; take away the file that does not belong to the model.");
        TokenizerJson.CheckKeys(json, "model.", model, "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab");
        TokenizerJson.Only(json, "model.continuing_subword_prefix", model.Get("continuing_subword_prefix"), "\"##\"");
        if (json.Get("normalizer") is not { } normalizer || normalizer.Text("type") != "BertNormalizer")
            throw Unknown("normalizer", "normalises text by", "BertNormalizer");
        TokenizerJson.CheckKeys(json, "normalizer.", normalizer, "type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        TokenizerJson.Only(json, "normalizer.clean_text", normalizer.Get("clean_text"), "true");
        if (json.Get("pre_tokenizer")?.Text("type") != "BertPreTokenizer") throw Unknown("pre_tokenizer", "cuts words by", "BertPreTokenizer");
        return model;

        UsageException Unknown(string key, string does, string known) => new($"'{json.Path}' {does} {(json.Get(key) is { } other ? SideJson.Short(other) : "nothing")}, and only {known} is known for WordPiece; choose a model with such a tokenizer.");
    }
}
