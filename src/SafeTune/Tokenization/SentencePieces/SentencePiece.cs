using System.Text;

namespace SafeTune.Tokenization;

/// <summary>SentencePiece's BPE with byte fallback (Kudo and Richardson 2018), LLaMA's tokenizer, from tokenizer.model.</summary>
public sealed class SentencePiece : Tokenizer
{
    // Stands for a blank in the pieces.
    private const char Mark = '▁';
    private readonly SentencePieceModel _model;
    private readonly Dictionary<string, int> _ids;
    private readonly PieceMerger _merger;
    private readonly int[] _bytes;
    private readonly AddedVocabulary _added;
    private readonly PrefixScheme _prefix;

    private SentencePiece(SentencePieceModel model, string path, SideFiles files, bool isLlama)
    {
        _model = model;
        _ids = model.Pieces.Index().ToDictionary(entry => entry.Item.Text, entry => entry.Index, StringComparer.Ordinal);
        _merger = new PieceMerger(model);
        _bytes = model.ByteFallback ? [.. Enumerable.Range(0, 256).Select(value => _ids[SentencePieceModel.ByteName(value)])] : [];
        // Alone, it works as sentencepiece, which reads control pieces in a text as any other text.
        _added = new AddedVocabulary(new BaseVocabulary(path, model.Pieces.Count, 0, token => _ids.TryGetValue(token, out var id) ? id : null, Piece), files, isLlama ? Usual(model) : [],
            also: isLlama ? model.Pieces.Where(piece => piece.Kind == PieceKind.Control).Select(piece => piece.Text) : []);
        _prefix = SentencePieceJson.Prefix(files, path, model);
        Specials = !isLlama ? SpecialTokens.None : files.IsGeneric ? PostProcessor.Read(files.Json!, id => Has(id) ? Token(id) : null).Specials
            : Around(files.Config?.Flag("add_bos_token") ?? true, files.Config?.Flag("add_eos_token") ?? false);
    }

    /// <inheritdoc/>
    public override int VocabularySize => _added.Size;

    /// <inheritdoc/>
    public override int PadId => _added.Role("pad_token") ?? (_model.PadId >= 0 ? _model.PadId : Math.Max(0, EndId ?? 0));

    /// <inheritdoc/>
    public override int? BeginId => _added.Role("bos_token") ?? (_model.BeginId >= 0 ? _model.BeginId : null);

    /// <inheritdoc/>
    public override int? EndId => _added.Role("eos_token") ?? (_model.EndId >= 0 ? _model.EndId : null);

    /// <summary>
    /// Reads a folder's tokenizer.model. Alone it works as sentencepiece itself: no special tokens are added, nor read where a text spells them out.
    /// Beside a LLaMA's config.json or any file of transformers' tokenizers (tokenizer_config.json, special_tokens_map.json, added_tokens.json,
    /// tokenizer.json) it works as LlamaTokenizer of transformers 4.57: &lt;s&gt; before the text unless told otherwise, special and added tokens in the text
    /// become their ids, and (<c>legacy: true</c>, the default) what follows one begins with a blank of its own, as every text does. With
    /// <c>legacy: false</c> only the beginning of the text gets that blank, and not where it has one.
    /// </summary>
    /// <param name="modelFolder">The folder of a model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">The file is missing, broken or of another kind (a unigram model, for example), or what lies beside it contradicts it.</exception>
    public static SentencePiece Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        string[] names = ["tokenizer.model", "spiece.model"];
        var path = names.Select(name => Path.Combine(modelFolder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"There is no file '{Path.GetFullPath(Path.Combine(modelFolder, names[0]))}': expected a sentencepiece model; copy it from where the model came from.");
        var model = SentencePieceModel.Load(path);
        var files = SideFiles.Load(modelFolder, TokenizerKind.SentencePiece);
        var config = Path.Combine(modelFolder, "config.json");
        var isLlama = files.IsAny || files.Json is not null || (File.Exists(config) && JsonFile.Read(config, json => json.Text("model_type")) == "llama");
        return new SentencePiece(model, path, files, isLlama);
    }

    /// <inheritdoc/>
    public override string Token(int id) => Piece(id) ?? _added[id]?.Text ?? "";

    /// <inheritdoc/>
    public override int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : _added.Find(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _added[id] is { } added ? added.IsSpecial : IsPiece(id) && _model.Pieces[id].Kind is PieceKind.Control or PieceKind.Unknown;

    /// <summary>The text of pieces as sentencepiece gives it: control pieces vanish, the blank before the text too, unknown ones are ⁇; added tokens as they are spelled.</summary>
    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = false)
    {
        StringBuilder text = new();
        List<byte> bytes = [];
        var isStart = true;
        foreach (var id in ids.Where(Has))
        {
            if (!IsPiece(id))
            {
                Flush(text, bytes);
                if (!skipSpecial || !IsSpecial(id)) text.Append(Token(id));
                continue;
            }

            var (piece, _, kind) = _model.Pieces[id];
            if (kind == PieceKind.Byte)
            {
                bytes.Add((byte)Array.IndexOf(_bytes, id));
                continue;
            }

            Flush(text, bytes);
            isStart &= text.Length == 0;
            if (kind == PieceKind.Control || (kind == PieceKind.Unknown && skipSpecial)) continue;
            var hasMark = isStart && piece[0] == Mark && (_model.AddDummyPrefix || _model.RemoveExtraWhitespaces);
            text.Append(kind == PieceKind.Unknown ? " ⁇ " : (hasMark ? piece[1..] : piece).Replace(Mark, ' '));
            if (hasMark && !_model.RemoveExtraWhitespaces) isStart = false;
        }

        Flush(text, bytes);
        return text.ToString();
    }

    private protected override SpecialTokens Specials { get; }

    private protected override List<PlacedToken> Tokenize(string text)
    {
        List<PlacedToken> tokens = new(text.Length / 3 + 4);
        var codePoint = 0;
        foreach (var part in _added.Split(text))
        {
            var span = text[part.Start..part.End];
            var end = codePoint + TextPart.CodePoints(span);
            if (part.Token is null) Pieces(span, codePoint, tokens);
            else tokens.Add(new PlacedToken(part.Token.Id, codePoint, end));
            codePoint = end;
        }

        return tokens;
    }

    private void Pieces(string text, int codePoint, List<PlacedToken> tokens)
    {
        var (normalized, places) = Normalize(text, codePoint);
        // Unknown characters beside each other are one token; what stood before them is another part.
        var first = tokens.Count;
        foreach (var (start, length) in _merger.Merge(normalized))
        {
            var piece = normalized.AsSpan(start, length);
            // Places are those of the characters; the next one's is where this one ends.
            var (from, to) = (places[start], places[start + length]);
            if (_merger.TryFind(piece, out var id)) tokens.Add(new PlacedToken(id, from, to));
            else if (_bytes.Length > 0) foreach (var value in System.Text.Encoding.UTF8.GetBytes(piece.ToString())) tokens.Add(new PlacedToken(_bytes[value], from, to));
            else if (tokens.Count > first && tokens[^1].Id == _model.UnknownId && tokens[^1].End == from) tokens[^1] = tokens[^1] with { End = to };
            else tokens.Add(new PlacedToken(_model.UnknownId, from, to));
        }
    }

    private static Dictionary<string, AddedToken> Usual(SentencePieceModel model) =>
        new (string Role, int Id)[] { ("bos_token", model.BeginId), ("eos_token", model.EndId), ("unk_token", model.UnknownId), ("pad_token", model.PadId) }
            .Where(entry => entry.Id >= 0).ToDictionary(entry => entry.Role, entry => new AddedToken(model.Pieces[entry.Id].Text, entry.Id) { IsSpecial = true });

    private SpecialTokens Around(bool addBegin, bool addEnd)
    {
        int[] begin = addBegin && BeginId is { } first ? [first] : [];
        int[] end = addEnd && EndId is { } last ? [last] : [];
        return new SpecialTokens(begin, [.. end, .. begin], end, PairHasType1: true) { BetweenWithType1 = begin.Length };
    }

    private bool IsPiece(int id) => id >= 0 && id < _model.Pieces.Count;

    private bool Has(int id) => IsPiece(id) || _added[id] is not null;

    private string? Piece(int id) => IsPiece(id) ? _model.Pieces[id].Text : null;

    // Blanks become marks; each character keeps its place in the original, in code points, with one more place for the end.
    private (string Text, int[] Places) Normalize(string text, int firstCodePoint)
    {
        StringBuilder normalized = new(text.Length + 1);
        List<int> places = new(text.Length + 2);
        void Add(Rune rune, int place)
        {
            Span<char> units = stackalloc char[2];
            foreach (var unit in units[..rune.EncodeToUtf16(units)])
            {
                normalized.Append(unit);
                places.Add(place);
            }
        }

        var body = _model.RemoveExtraWhitespaces ? text.Trim(' ') : text;
        var codePoint = firstCodePoint + (_model.RemoveExtraWhitespaces ? text.Length - text.TrimStart(' ').Length : 0);
        var hasMark = body.StartsWith(' ') || body.StartsWith(Mark);
        if (body.Length > 0 && (_prefix is PrefixScheme.EveryPart || (!hasMark && (_prefix is PrefixScheme.UnlessBlank || (_prefix is PrefixScheme.Beginning && firstCodePoint == 0))))) Add(new Rune(Mark), codePoint);
        var wasBlank = false;
        foreach (var rune in body.EnumerateRunes())
        {
            var isBlank = rune.Value == ' ';
            if (!(isBlank && wasBlank && _model.RemoveExtraWhitespaces)) Add(isBlank ? new Rune(Mark) : rune, codePoint);
            wasBlank = isBlank;
            codePoint++;
        }

        places.Add(codePoint);
        return (normalized.ToString(), [.. places]);
    }

    // Every byte that is no UTF-8 becomes U+FFFD.
    private static void Flush(StringBuilder text, List<byte> bytes)
    {
        var rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
        while (!rest.IsEmpty)
        {
            var isValid = Rune.DecodeFromUtf8(rest, out var rune, out var used) == System.Buffers.OperationStatus.Done;
            if (isValid) text.Append(rune.ToString());
            else text.Append('\uFFFD', used);
            rest = rest[used..];
        }

        bytes.Clear();
    }
}
