using System.Text;

namespace SafeTune.Tokenization;

/// <summary>Byte-level BPE, the tokenizer of GPT-2 (Radford et al. 2019) and RoBERTa: every text can be spelled, and comes back to the last byte.</summary>
public sealed class ByteLevelBpe : Tokenizer
{
    private readonly BpeVocabulary _vocabulary;
    private readonly AddedVocabulary _added;
    private readonly bool _trimsOffsets, _addPrefixSpace;

    private ByteLevelBpe(BpeVocabulary vocabulary, SideFiles files, string? modelType)
    {
        _vocabulary = vocabulary;
        var isRoberta = IsRoberta(vocabulary, files, modelType);
        _added = new AddedVocabulary(new BaseVocabulary(vocabulary.Path, vocabulary.Size, 0, vocabulary.Find, id => vocabulary[id]), files, Usual(isRoberta));
        EndId = _added.Role("eos_token");
        BeginId = _added.Role("bos_token") ?? EndId;
        PadId = _added.Role("pad_token") ?? Find("<pad>") ?? EndId ?? 0;
        _addPrefixSpace = files.Config?.Flag("add_prefix_space") ?? files.Json?.Get("pre_tokenizer")?.Flag("add_prefix_space") ?? false;
        var processor = files.Json is { } json ? PostProcessor.Read(json, Known) : new PostProcessor(Around(files, isRoberta), isRoberta);
        (Specials, _trimsOffsets) = (processor.Specials, isRoberta ? files.Config?.Flag("trim_offsets") ?? processor.TrimsOffsets : processor.TrimsOffsets);
        if (files.Json is not null) CheckSpecials(files, isRoberta);
    }

    /// <inheritdoc/>
    public override int VocabularySize => _added.Size;

    /// <inheritdoc/>
    public override int PadId { get; }

    /// <inheritdoc/>
    public override int? BeginId { get; }

    /// <inheritdoc/>
    public override int? EndId { get; }

    /// <summary>Reads a folder's vocab.json and merges.txt, or its tokenizer.json, and what lies beside them: tokenizer_config.json, special_tokens_map.json and added_tokens.json.</summary>
    /// <param name="modelFolder">The folder of a model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">A file is missing or broken, or two of them contradict each other.</exception>
    public static ByteLevelBpe Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        string At(string name) => Path.Combine(modelFolder, name);
        var files = SideFiles.Load(modelFolder, TokenizerKind.BytePairs);
        // tokenizer.json says more than the older pair of files.
        var vocabulary = files.Json is { } json ? BpeVocabulary.OfTokenizerJson(json) : BpeVocabulary.OfPair(At("vocab.json"), At("merges.txt"));
        var modelType = File.Exists(At("config.json")) ? JsonFile.Read(At("config.json"), config => config.Text("model_type")) : null;
        var tokenizer = new ByteLevelBpe(vocabulary, files, modelType);
        if (files.Json is not null && File.Exists(At("vocab.json"))) BpeVocabulary.CheckSame(At("vocab.json"), files.Json.Path, tokenizer.Known);
        return tokenizer;
    }

    /// <inheritdoc/>
    public override string Token(int id) => Known(id) ?? "";

    /// <inheritdoc/>
    public override int? Find(string token) => _vocabulary.Find(token) ?? _added.Find(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _added[id]?.IsSpecial == true;

    /// <summary>The bytes of the tokens as UTF-8; what is no UTF-8 becomes U+FFFD.</summary>
    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = false)
    {
        List<byte> bytes = [];
        foreach (var token in ids.Where(id => !skipSpecial || !IsSpecial(id)).Select(Token))
        {
            if (token.All(character => ByteAlphabet.TryByte(character, out _))) bytes.AddRange(token.Select(character => ByteAlphabet.TryByte(character, out var value) ? value : (byte)0));
            else bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
        }

        return System.Text.Encoding.UTF8.GetString([.. bytes]);
    }

    private protected override SpecialTokens Specials { get; }

    private protected override List<PlacedToken> Tokenize(string text)
    {
        List<PlacedToken> tokens = new(text.Length / 4 + 4);
        var codePoint = 0;
        foreach (var part in _added.Split(text))
        {
            var span = text.AsSpan(part.Start, part.End - part.Start);
            if (part.Token is null)
            {
                codePoint = Words(span, codePoint, tokens);
                continue;
            }

            var length = TextPart.CodePoints(span);
            var (leading, trailing) = _trimsOffsets ? (length - TextPart.CodePoints(span.TrimStart()), length - TextPart.CodePoints(span.TrimEnd())) : (0, 0);
            tokens.Add(new PlacedToken(part.Token.Id, codePoint + leading, codePoint + length - trailing));
            codePoint += length;
        }

        return tokens;
    }

    private string? Known(int id) => _vocabulary[id] ?? _added[id]?.Text;

    private int Words(ReadOnlySpan<char> text, int codePoint, List<PlacedToken> tokens)
    {
        // The blank before the text has no place in it.
        if (_addPrefixSpace && text.Length > 0 && text[0] != ' ') return Words(string.Concat(" ", text), codePoint - 1, codePoint, tokens);
        return Words(text, codePoint, codePoint, tokens);
    }

    private int Words(ReadOnlySpan<char> text, int codePoint, int first, List<PlacedToken> tokens)
    {
        List<int> places = [];
        while (text.Length > 0)
        {
            var word = text[..GptWords.First(text)];
            text = text[word.Length..];
            places.Clear();
            foreach (var rune in word.EnumerateRunes())
            {
                for (var i = 0; i < rune.Utf8SequenceLength; i++) places.Add(codePoint);
                codePoint++;
            }

            var at = 0;
            foreach (var id in _vocabulary.Pairs.Tokens(word))
            {
                var token = _vocabulary[id]!;
                var end = places[at + token.Length - 1] + 1;
                tokens.Add(_trimsOffsets ? Trimmed(id, token, places[at], end, first) : new PlacedToken(id, Math.Max(first, places[at]), end));
                at += token.Length;
            }
        }

        return codePoint;
    }

    // RoBERTa's offsets leave blanks at either end of a token out.
    private static PlacedToken Trimmed(int id, string token, int start, int end, int first)
    {
        var leading = token.Length - token.AsSpan().TrimStart(ByteAlphabet.Blank).Length;
        var trailing = token.Length - token.AsSpan().TrimEnd(ByteAlphabet.Blank).Length;
        start = Math.Max(first, Math.Min(start + leading, end));
        return new PlacedToken(id, start, trailing > 0 && end >= trailing ? Math.Max(end - trailing, start) : end);
    }

    private static bool IsRoberta(BpeVocabulary vocabulary, SideFiles files, string? modelType) =>
        files.Json?.Get("post_processor")?.Text("type") is { } processor ? processor == "RobertaProcessing"
        : files.Config?.Text("tokenizer_class") is { } name ? !name.StartsWith("GPT2", StringComparison.Ordinal)
        : modelType is not null ? modelType == "roberta"
        : vocabulary.Find("<s>") is not null && vocabulary.Find("</s>") is not null;

    // The defaults of transformers' classes; RoBERTa's mask takes the blanks before it.
    private static Dictionary<string, AddedToken> Usual(bool isRoberta)
    {
        (string Role, string Token)[] names = isRoberta
            ? [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>")]
            : [("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>")];
        return names.ToDictionary(name => name.Role, name => new AddedToken(name.Token, -1) { IsSpecial = true, TakesBlanksBefore = name.Role == "mask_token" });
    }

    private SpecialTokens Around(SideFiles files, bool isRoberta)
    {
        if (isRoberta) return _added.Role("cls_token") is { } begin && _added.Role("sep_token") is { } end ? new SpecialTokens([begin], [end, end], [end], PairHasType1: false) : SpecialTokens.None;
        return files.Config?.Flag("add_bos_token") != true ? SpecialTokens.None
            : new SpecialTokens([_added.Role("bos_token") ?? throw new UsageException($"'{files.Config.Path}' has add_bos_token on, and '{_vocabulary.Path}' has no bos_token; name one.")], [], [], PairHasType1: true);
    }

    // What tokenizer.json puts around a text stays, whatever the other files name: they must not name another token.
    private void CheckSpecials(SideFiles files, bool isRoberta)
    {
        (string Role, int[] Ids)[] places = isRoberta ? [("cls_token", Specials.Before), ("sep_token", Specials.After)] : files.Config?.Flag("add_bos_token") == true ? [("bos_token", Specials.Before)] : [];
        foreach (var (role, ids) in places)
        {
            if (!ids.SequenceEqual([_added.Role(role) ?? -1]))
                throw new UsageException($"'{files.Named.GetValueOrDefault(role)?.Path ?? files.Config?.Path ?? _vocabulary.Path}' puts '{_added.Name(role)}' around texts as the {role}, and post_processor of '{files.Json!.Path}' puts '{string.Concat(ids.Select(Token))}' there; correct one of them.");
        }
    }
}
