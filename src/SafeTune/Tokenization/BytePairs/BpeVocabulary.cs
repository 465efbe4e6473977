using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>What the files of a byte-level BPE say: vocab.json and merges.txt, or tokenizer.json.</summary>
internal sealed class BpeVocabulary
{
    // A vocabulary is an array by id: ids may have holes, but not billions of them.
    private const int MostHoles = 1_000_000;
    private readonly string?[] _tokens;
    private readonly Dictionary<string, int> _ids;

    private BpeVocabulary(string path, Dictionary<string, int> ids, IEnumerable<(string Where, string Left, string Right)> merges)
    {
        (Path, _ids) = (path, ids);
        var largest = ids.Count == 0 ? -1 : ids.Values.Max();
        if (ids.Count == 0 || ids.Values.Min() < 0 || largest > ids.Count + MostHoles)
            throw Bad(path, $"its ids go from {(ids.Count == 0 ? "nowhere" : ids.Values.Min())} to {largest} for {ids.Count} tokens, expected numbers from 0 on");
        _tokens = new string?[largest + 1];
        foreach (var (token, id) in ids)
        {
            if (_tokens[id] is { } other) throw Bad(path, $"'{Short(other)}' and '{Short(token)}' have the same id {id}");
            _tokens[id] = token;
        }

        Pairs = Merges(merges);
    }

    /// <summary>Named in errors.</summary>
    public string Path { get; }

    /// <summary>One more than the largest id.</summary>
    public int Size => _tokens.Length;

    /// <summary>The byte-pair encoder.</summary>
    public BytePairs Pairs { get; }

    /// <summary>The token of an id, or null.</summary>
    public string? this[int id] => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    /// <summary>The id of a token, or null.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>Reads vocab.json and merges.txt.</summary>
    /// <exception cref="UsageException">A file is broken; the sentence says where.</exception>
    public static BpeVocabulary OfPair(string vocabulary, string merges) =>
        new(vocabulary, JsonFile.Read(vocabulary, json => Ids(vocabulary, json)), Lines(merges));

    /// <summary>Reads tokenizer.json.</summary>
    /// <inheritdoc cref="OfPair"/>
    public static BpeVocabulary OfTokenizerJson(SideJson json)
    {
        var path = json.Path;
        if (json.Get("model") is not { } model) throw Bad(path, "it has no 'model'");
        if (model.Get("vocab") is not { } vocabulary || model.Get("merges") is not { ValueKind: JsonValueKind.Array } merges) throw Bad(path, "its model has no 'vocab' or no 'merges'");
        CheckKind(json, model);
        return new BpeVocabulary(path, Ids(path, vocabulary), merges.EnumerateArray().Select((merge, i) => Merge(path, merge, i)));
    }

    /// <summary>Refuses a vocab.json that says otherwise than another file.</summary>
    /// <param name="path">vocab.json.</param>
    /// <param name="otherPath">The other file.</param>
    /// <param name="token">The token of an id there, or null.</param>
    public static void CheckSame(string path, string otherPath, Func<int, string?> token) =>
        SideFiles.CheckSame(path, JsonFile.Read(path, json => Ids(path, json)).Select(entry => (entry.Key, entry.Value)), otherPath, token);

    private BytePairs Merges(IEnumerable<(string Where, string Left, string Right)> lines)
    {
        var bytes = new int[256];
        for (var value = 0; value < 256; value++)
            bytes[value] = Find(ByteAlphabet.Of((byte)value).ToString()) ?? throw Bad(Path, $"the vocabulary lacks '{ByteAlphabet.Of((byte)value)}', the character of byte {value}; expected a byte-level vocabulary");
        Dictionary<(int, int), (int, int)> merges = [];
        foreach (var (where, left, right) in lines)
        {
            int Piece(string piece) => Find(piece) ?? throw new UsageException($"{where}: the merge of '{Short(left)}' and '{Short(right)}' names '{Short(piece)}', which the vocabulary lacks; get the model's files again.");
            merges.TryAdd((Piece(left), Piece(right)), (merges.Count, Piece(left + right)));
        }

        return new BytePairs(bytes, merges);
    }

    private static IEnumerable<(string Where, string Left, string Right)> Lines(string path)
    {
        foreach (var (index, line) in Data.TextLines.Of(path).Index())
        {
            if (line.Length == 0 || (index == 0 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            var parts = line.Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0) throw Bad(path, $"line {index + 1} is '{Short(line)}', expected two pieces with one blank between");
            yield return ($"{path}, line {index + 1}", parts[0], parts[1]);
        }
    }

    // LLaMA 3's tokenizer, for example, is a BPE that cuts words otherwise.
    private static void CheckKind(SideJson json, JsonElement model)
    {
        UsageException Unknown(string what) => new($"'{json.Path}' {what}, and only byte-level BPE as GPT-2 and RoBERTa use it is known; choose a model with such a tokenizer.");
        foreach (var key in new[] { "byte_fallback", "ignore_merges" })
            if (model.Flag(key) == true) throw Unknown($"has '{key}' on");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.Text(key) is { Length: > 0 } mark) throw Unknown($"marks pieces by '{mark}' ({key})");
        if (model.Get("dropout") is { } dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() == 0)) throw Unknown($"leaves merges out at random (dropout {SideJson.Short(dropout)})");
        // Every byte is in the vocabulary, so that nothing is unknown: unk_token and fuse_unk change nothing.
        TokenizerJson.CheckKeys(json, "model.", model, "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        if (json.Get("normalizer") is { } normalizer) throw Unknown($"normalises text by '{normalizer.Text("type")}'");
        if (json.Get("pre_tokenizer") is not { } words) throw Unknown("cuts no words (it has no pre_tokenizer)");
        if (words.Text("type") != "ByteLevel" || words.Flag("use_regex") == false) throw Unknown($"cuts words by '{words.Text("type")}'{(words.Text("type") == "ByteLevel" ? " without its regular expression" : "")}");
        TokenizerJson.CheckKeys(json, "pre_tokenizer.", words, "type", "add_prefix_space", "trim_offsets", "use_regex");
    }

    // "a b", or since 2024 ["a", "b"].
    private static (string Where, string Left, string Right) Merge(string path, JsonElement merge, int index)
    {
        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ')
            : merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString()! : "")] : [];
        return parts is [{ Length: > 0 } left, { Length: > 0 } right] ? (path, left, right) : throw Bad(path, $"merge {index} is {Short(merge.GetRawText())}, expected two pieces");
    }

    private static Dictionary<string, int> Ids(string path, JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object) throw Bad(path, "the vocabulary is no JSON object of tokens and ids");
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        foreach (var entry in vocabulary.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id)) throw Bad(path, $"the id of '{Short(entry.Name)}' is {Short(entry.Value.GetRawText())}, expected a number from 0 on");
            if (!ids.TryAdd(entry.Name, id)) throw Bad(path, $"the token '{Short(entry.Name)}' is there twice");
        }

        return ids;
    }

    private static UsageException Bad(string path, string what) => new($"'{path}' is no usable byte-level BPE: {what}; get the model's files again.");

    private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
