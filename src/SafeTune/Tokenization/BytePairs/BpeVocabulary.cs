using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>A token that is matched in the text before anything else.</summary>
/// <param name="Text">As it is spelled.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesBlanksBefore">Blanks before it belong to it.</param>
/// <param name="IsSpecial">It marks structure.</param>
internal sealed record AddedToken(string Text, int Id, bool TakesBlanksBefore, bool IsSpecial);

/// <summary>What the files of a byte-level BPE say: vocab.json and merges.txt, or tokenizer.json.</summary>
internal sealed class BpeVocabulary
{
    // A vocabulary is an array by id: ids may have holes, but not billions of them.
    private const int MostHoles = 1_000_000;
    private readonly string?[] _tokens;
    private readonly Dictionary<string, int> _ids;

    private BpeVocabulary(string path, Dictionary<string, int> ids, IEnumerable<(string Where, string Left, string Right)> merges, IReadOnlyList<AddedToken> added, string? postProcessor, bool? addPrefixSpace)
    {
        (Path, _ids, Added, PostProcessor, AddPrefixSpace) = (path, ids, added, postProcessor, addPrefixSpace);
        foreach (var token in added)
        {
            if (ids.TryGetValue(token.Text, out var known) && known != token.Id) throw Bad(path, $"the added token '{Short(token.Text)}' has the id {token.Id} there and {known} in the vocabulary");
            ids[token.Text] = token.Id;
        }

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

    /// <summary>Tokens matched before anything else.</summary>
    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>The kind of tokenizer.json's post-processor; null when the files say nothing.</summary>
    public string? PostProcessor { get; }

    /// <summary>Whether a text gets a blank before it; null when the files say nothing.</summary>
    public bool? AddPrefixSpace { get; }

    /// <summary>The token of an id, or null.</summary>
    public string? this[int id] => id >= 0 && id < _tokens.Length ? _tokens[id] : null;

    /// <summary>The id of a token, or null.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>Reads vocab.json and merges.txt.</summary>
    /// <exception cref="UsageException">A file is broken; the sentence says where.</exception>
    public static BpeVocabulary OfPair(string vocabulary, string merges) =>
        new(vocabulary, JsonFile.Read(vocabulary, json => Ids(vocabulary, json)), Lines(merges), [], null, null);

    /// <summary>Reads tokenizer.json.</summary>
    /// <inheritdoc cref="OfPair"/>
    public static BpeVocabulary OfTokenizerJson(string path) => JsonFile.Read(path, root =>
    {
        if (root.Get("model") is not { } model) throw Bad(path, "it has no 'model'");
        if (model.Get("vocab") is not { } vocabulary || model.Get("merges") is not { ValueKind: JsonValueKind.Array } merges) throw Bad(path, "its model has no 'vocab' or no 'merges'");
        CheckKind(path, root, model);
        var added = root.Get("added_tokens") is { ValueKind: JsonValueKind.Array } tokens ? tokens.EnumerateArray().Select(token => Token(path, token)).ToList() : [];
        return new BpeVocabulary(
            path, Ids(path, vocabulary), merges.EnumerateArray().Select((merge, i) => Merge(path, merge, i)), added,
            root.Get("post_processor")?.Text("type"), root.Get("pre_tokenizer")?.Flag("add_prefix_space"));
    });

    /// <summary>The kind of model that a tokenizer.json holds, e.g. <c>BPE</c>; null when it does not say.</summary>
    public static string? KindOf(string path) => JsonFile.Read(path, root =>
        // Files of old versions leave the kind of a BPE out.
        root.Get("model")?.Text("type") ?? (root.Get("model")?.Get("merges") is not null ? "BPE" : null));

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
    private static void CheckKind(string path, JsonElement root, JsonElement model)
    {
        UsageException Unknown(string what) => new($"'{path}' {what}, and only byte-level BPE as GPT-2 and RoBERTa use it is known; choose a model with such a tokenizer.");
        if (root.Get("pre_tokenizer") is { } words && (words.Text("type") != "ByteLevel" || words.Flag("use_regex") == false)) throw Unknown($"cuts words by '{words.Text("type")}'{(words.Text("type") == "ByteLevel" ? " without its regular expression" : "")}");
        if (root.Get("normalizer") is { } normalizer) throw Unknown($"normalises text by '{normalizer.Text("type")}'");
        foreach (var key in new[] { "byte_fallback", "ignore_merges" })
            if (model.Flag(key) == true) throw Unknown($"has '{key}' on");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.Text(key) is { Length: > 0 } mark) throw Unknown($"marks pieces by '{mark}' ({key})");
    }

    // "a b", or since 2024 ["a", "b"].
    private static (string Where, string Left, string Right) Merge(string path, JsonElement merge, int index)
    {
        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ')
            : merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString()! : "")] : [];
        return parts is [{ Length: > 0 } left, { Length: > 0 } right] ? (path, left, right) : throw Bad(path, $"merge {index} is {Short(merge.GetRawText())}, expected two pieces");
    }

    private static AddedToken Token(string path, JsonElement token) =>
        token.Text("content") is { Length: > 0 } text && token.Get("id") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var id)
            ? new AddedToken(text, id, token.Flag("lstrip") ?? false, token.Flag("special") ?? true)
            : throw Bad(path, $"an added token is {Short(token.GetRawText())}, expected its content and its id");

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
