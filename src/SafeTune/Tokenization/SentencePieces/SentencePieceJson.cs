using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>Which parts of a text, between special and added tokens, get a blank before them.</summary>
internal enum PrefixScheme
{
    /// <summary>Every part: LlamaTokenizer's <c>legacy: true</c>.</summary>
    EveryPart,

    /// <summary>Every part that does not begin with a blank.</summary>
    UnlessBlank,

    /// <summary>The beginning of the text, unless it has a blank there: <c>legacy: false</c>.</summary>
    Beginning,

    /// <summary>None.</summary>
    None,
}

/// <summary>What tokenizer_config.json and tokenizer.json say about the pieces of a tokenizer.model.</summary>
internal static class SentencePieceJson
{
    private const string Blank = "▁";

    /// <summary>Which parts of a text begin with a blank of their own.</summary>
    /// <param name="files">What lies beside the model.</param>
    /// <param name="path">The model's file, named in errors.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="UsageException">The files contradict each other, or ask for what is not known.</exception>
    public static PrefixScheme Prefix(SideFiles files, string path, SentencePieceModel model)
    {
        var (legacy, addPrefix) = (files.Config?.Flag("legacy"), files.Config?.Flag("add_prefix_space"));
        var said = addPrefix == false || !model.AddDummyPrefix ? PrefixScheme.None : legacy == false ? PrefixScheme.Beginning : PrefixScheme.EveryPart;
        if (files.Json is not { } json) return said;
        CheckModel(json, path, model);
        var found = Scheme(json);
        // Version 5 of transformers writes another file for the same settings.
        var isSame = found == said || (found, said) is (PrefixScheme.UnlessBlank, PrefixScheme.EveryPart);
        if (!isSame && (legacy is not null || addPrefix == false))
            throw new UsageException($"'{files.Config!.Path}' has legacy {Word(legacy)} and add_prefix_space {Word(addPrefix)}, and '{json.Path}' puts blanks before parts of a text otherwise ({found}); correct one of them.");
        return found;
    }

    private static string Word(bool? flag) => flag switch { true => "true", false => "false", null => "unset" };

    private static PrefixScheme Scheme(SideJson json)
    {
        var (normalizer, words) = (json.Get("normalizer"), json.Get("pre_tokenizer"));
        if (words is null && normalizer is not null)
        {
            var steps = normalizer.Value.Text("type") == "Sequence" && normalizer.Value.Get("normalizers") is { ValueKind: JsonValueKind.Array } all ? all.EnumerateArray().ToArray() : [normalizer.Value];
            if (steps is [var replace] && IsReplace(replace)) return PrefixScheme.None;
            if (steps is [var prepend, var then] && prepend.Text("type") == "Prepend" && prepend.Text("prepend") == Blank && IsReplace(then)) return PrefixScheme.EveryPart;
        }

        if (normalizer is null && words is { } spaces && spaces.Text("type") == "Metaspace" && spaces.Text("replacement") == Blank && spaces.Flag("split") == false)
        {
            TokenizerJson.CheckKeys(json, "pre_tokenizer.", spaces, "type", "replacement", "prepend_scheme", "split");
            switch (spaces.Text("prepend_scheme"))
            {
                case "always": return PrefixScheme.UnlessBlank;
                case "first": return PrefixScheme.Beginning;
                case "never": return PrefixScheme.None;
            }
        }

        throw new UsageException($"'{json.Path}' has the normalizer {Shown(normalizer)} and the pre_tokenizer {Shown(words)}, and beside a tokenizer.model only LLaMA's are known: Prepend and Replace, or Metaspace without split; choose a model with such a tokenizer.");
    }

    private static bool IsReplace(JsonElement step) => step.Text("type") == "Replace" && step.Get("pattern")?.Text("String") == " " && step.Text("content") == Blank;

    private static string Shown(JsonElement? value) => value is { } shown ? SideJson.Short(shown) : "null";

    private static void CheckModel(SideJson json, string path, SentencePieceModel model)
    {
        if (json.Get("model") is not { } found || TokenizerJson.KindOf(json) != "BPE" || found.Get("vocab") is not { } vocabulary)
            throw new UsageException($"'{json.Path}' holds a model of the kind '{TokenizerJson.KindOf(json)}', and '{path}' a BPE; take away the file that does not belong to the model.");
        TokenizerJson.CheckKeys(json, "model.", found, "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        foreach (var (key, known) in new[] { ("dropout", "0.0"), ("continuing_subword_prefix", "\"\""), ("end_of_word_suffix", "\"\""), ("ignore_merges", "false"), ("byte_fallback", model.ByteFallback ? "true" : "false") })
            TokenizerJson.Only(json, "model." + key, found.Get(key), known);
        // With bytes for what it cannot spell, nothing is unknown.
        if (!model.ByteFallback) TokenizerJson.Only(json, "model.fuse_unk", found.Get("fuse_unk"), "true");
        if (found.Text("unk_token") is { } unknown && unknown != model.Pieces[model.UnknownId].Text)
            throw new UsageException($"'{json.Path}' has the unk_token '{unknown}', and '{path}' has '{model.Pieces[model.UnknownId].Text}'; get both files again.");
        SideFiles.CheckSame(json.Path, TokenizerJson.Ids(json, vocabulary).Where(entry => entry.Value < model.Pieces.Count).Select(entry => (entry.Key, entry.Value)), path, id => model.Pieces[id].Text);
    }
}
