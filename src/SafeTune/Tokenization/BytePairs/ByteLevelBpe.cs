using System.Text;
using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>Byte-level BPE, the tokenizer of GPT-2 (Radford et al. 2019) and RoBERTa: every text can be spelled, and comes back to the last byte.</summary>
public sealed class ByteLevelBpe : Tokenizer
{
    private readonly BpeVocabulary _vocabulary;
    private readonly AddedToken[] _added;
    private readonly HashSet<int> _special;
    private readonly bool _isRoberta, _addPrefixSpace;

    private ByteLevelBpe(BpeVocabulary vocabulary, IReadOnlyList<AddedToken> added, bool isRoberta, bool addPrefixSpace)
    {
        (_vocabulary, _isRoberta, _addPrefixSpace) = (vocabulary, isRoberta, addPrefixSpace);
        // The longest first: of two that begin at one place it wins.
        _added = [.. added.OrderByDescending(token => token.Text.Length)];
        _special = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];
        EndId = Find(isRoberta ? "</s>" : "<|endoftext|>");
        BeginId = isRoberta ? Find("<s>") : EndId;
        PadId = Find("<pad>") ?? EndId ?? 0;
    }

    /// <inheritdoc/>
    public override int VocabularySize => _vocabulary.Size;

    /// <inheritdoc/>
    public override int PadId { get; }

    /// <inheritdoc/>
    public override int? BeginId { get; }

    /// <inheritdoc/>
    public override int? EndId { get; }

    /// <summary>Reads a folder's vocab.json and merges.txt, or its tokenizer.json, and tokenizer_config.json where there is one.</summary>
    /// <param name="modelFolder">The folder of a model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">A file is missing or broken.</exception>
    public static ByteLevelBpe Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        string At(string name) => Path.Combine(modelFolder, name);
        // tokenizer.json says more than the older pair of files.
        var vocabulary = File.Exists(At("tokenizer.json")) ? BpeVocabulary.OfTokenizerJson(At("tokenizer.json")) : BpeVocabulary.OfPair(At("vocab.json"), At("merges.txt"));
        T? Of<T>(string name, Func<JsonElement, T?> read) => File.Exists(At(name)) ? JsonFile.Read(At(name), read) : default;
        var isRoberta = IsRoberta(vocabulary, Of("tokenizer_config.json", json => json.Text("tokenizer_class")), Of("config.json", json => json.Text("model_type")));
        var addPrefixSpace = Of("tokenizer_config.json", json => json.Flag("add_prefix_space")) ?? vocabulary.AddPrefixSpace ?? false;
        return new ByteLevelBpe(vocabulary, vocabulary.Added.Count > 0 ? vocabulary.Added : Usual(vocabulary, isRoberta), isRoberta, addPrefixSpace);
    }

    /// <inheritdoc/>
    public override string Token(int id) => _vocabulary[id] ?? "";

    /// <inheritdoc/>
    public override int? Find(string token) => _vocabulary.Find(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _special.Contains(id);

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

    private protected override SpecialTokens Specials => _isRoberta && BeginId is { } begin && EndId is { } end
        ? new SpecialTokens([begin], [end, end], [end], PairHasType1: false)
        : SpecialTokens.None;

    private protected override List<PlacedToken> Tokenize(string text)
    {
        List<PlacedToken> tokens = new(text.Length / 4 + 4);
        var codePoint = 0;
        var rest = text.AsSpan();
        while (true)
        {
            var (at, token) = NextAdded(rest);
            var before = token is null ? rest : rest[..at];
            var blanks = token is { TakesBlanksBefore: true } ? before.Length - before.TrimEnd().Length : 0;
            codePoint = Words(before[..^blanks], codePoint, tokens);
            if (token is null) return tokens;
            var length = blanks + CodePoints(token.Text);
            tokens.Add(new PlacedToken(token.Id, codePoint, codePoint + length));
            codePoint += length;
            rest = rest[(at + token.Text.Length)..];
        }
    }

    private (int At, AddedToken? Token) NextAdded(ReadOnlySpan<char> text)
    {
        (int At, AddedToken? Token) first = (-1, null);
        foreach (var token in _added)
        {
            // One that begins later cannot win.
            var window = first.Token is null ? text : text[..Math.Min(text.Length, first.At + token.Text.Length - 1)];
            var at = window.IndexOf(token.Text, StringComparison.Ordinal);
            if (at >= 0 && (first.Token is null || at < first.At)) first = (at, token);
        }

        return first;
    }

    private int Words(ReadOnlySpan<char> text, int codePoint, List<PlacedToken> tokens)
    {
        // The blank before the text has no place in it.
        if (_addPrefixSpace && text.Length > 0 && !char.IsWhiteSpace(text[0])) return Words(string.Concat(" ", text), codePoint - 1, codePoint, tokens);
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
                tokens.Add(_isRoberta ? Trimmed(id, token, places[at], end, first) : new PlacedToken(id, Math.Max(first, places[at]), end));
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

    private static bool IsRoberta(BpeVocabulary vocabulary, string? tokenizerClass, string? modelType) =>
        vocabulary.PostProcessor is { } processor ? processor == "RobertaProcessing"
        : tokenizerClass is not null ? tokenizerClass.StartsWith("Roberta", StringComparison.Ordinal)
        : modelType is not null ? modelType == "roberta"
        : vocabulary.Find("<s>") is not null && vocabulary.Find("</s>") is not null;

    // What the classes of transformers add when only vocab.json and merges.txt are there.
    private static List<AddedToken> Usual(BpeVocabulary vocabulary, bool isRoberta)
    {
        string[] names = isRoberta ? ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] : ["<|endoftext|>"];
        return [.. names.Where(name => vocabulary.Find(name) is not null).Select(name => new AddedToken(name, vocabulary.Find(name)!.Value, TakesBlanksBefore: name == "<mask>", IsSpecial: true))];
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();
}
