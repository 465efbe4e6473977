using System.Text;

namespace SafeTune.Tokenization;

/// <summary>SentencePiece's BPE with byte fallback (Kudo and Richardson 2018), LLaMA's tokenizer, from tokenizer.model.</summary>
public sealed class SentencePiece : Tokenizer
{
    // Stands for a blank in the pieces.
    private const char Mark = '▁';
    private readonly SentencePieceModel _model;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _mergeable;
    private readonly string[] _userDefined;
    private readonly int[] _bytes;
    private readonly bool _addBegin, _addEnd;

    private SentencePiece(SentencePieceModel model, bool addBegin, bool addEnd)
    {
        (_model, _addBegin, _addEnd) = (model, addBegin && model.BeginId >= 0, addEnd && model.EndId >= 0);
        _ids = model.Pieces.Index().ToDictionary(entry => entry.Item.Text, entry => entry.Index, StringComparer.Ordinal);
        _mergeable = model.Pieces.Index().Where(entry => entry.Item.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused)
            .ToDictionary(entry => entry.Item.Text, entry => entry.Index, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _userDefined = [.. model.Pieces.Where(piece => piece.Kind == PieceKind.UserDefined).Select(piece => piece.Text).OrderByDescending(text => text.Length)];
        _bytes = model.ByteFallback ? [.. Enumerable.Range(0, 256).Select(value => _ids[SentencePieceModel.ByteName(value)])] : [];
    }

    /// <inheritdoc/>
    public override int VocabularySize => _model.Pieces.Count;

    /// <inheritdoc/>
    public override int PadId => _model.PadId >= 0 ? _model.PadId : Math.Max(0, _model.EndId);

    /// <inheritdoc/>
    public override int? BeginId => _model.BeginId >= 0 ? _model.BeginId : null;

    /// <inheritdoc/>
    public override int? EndId => _model.EndId >= 0 ? _model.EndId : null;

    /// <summary>Reads a folder's tokenizer.model. Alone it adds no special tokens, as sentencepiece itself; beside a LLaMA's config.json or a tokenizer_config.json it adds those that transformers' LlamaTokenizer does: &lt;s&gt; before, unless told otherwise.</summary>
    /// <param name="modelFolder">The folder of a model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">The file is missing, broken or of another kind (a unigram model, for example).</exception>
    public static SentencePiece Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        string[] names = ["tokenizer.model", "spiece.model"];
        var path = names.Select(name => Path.Combine(modelFolder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"There is no file '{Path.GetFullPath(Path.Combine(modelFolder, names[0]))}': expected a sentencepiece model; copy it from where the model came from.");
        var model = SentencePieceModel.Load(path);
        var (config, settings) = (Path.Combine(modelFolder, "config.json"), Path.Combine(modelFolder, "tokenizer_config.json"));
        var isLlama = File.Exists(settings) || (File.Exists(config) && JsonFile.Read(config, json => json.Text("model_type")) == "llama");
        bool Setting(string key, bool otherwise) => File.Exists(settings) ? JsonFile.Read(settings, json => json.Flag(key)) ?? otherwise : otherwise;
        return new SentencePiece(model, isLlama && Setting("add_bos_token", otherwise: true), isLlama && Setting("add_eos_token", otherwise: false));
    }

    /// <inheritdoc/>
    public override string Token(int id) => Has(id) ? _model.Pieces[id].Text : "";

    /// <inheritdoc/>
    public override int? Find(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => Has(id) && _model.Pieces[id].Kind is PieceKind.Control or PieceKind.Unknown;

    /// <summary>The text of pieces as sentencepiece gives it: control pieces vanish, the blank before the text too, unknown ones are ⁇.</summary>
    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = false)
    {
        StringBuilder text = new();
        List<byte> bytes = [];
        var isStart = true;
        foreach (var id in ids.Where(Has))
        {
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

    private protected override SpecialTokens Specials => new(_addBegin ? [_model.BeginId] : [], [.. _addEnd ? [_model.EndId] : Array.Empty<int>(), .. _addBegin ? [_model.BeginId] : Array.Empty<int>()], _addEnd ? [_model.EndId] : [], PairHasType1: false);

    private protected override List<PlacedToken> Tokenize(string text)
    {
        var (normalized, places) = Normalize(text);
        List<PlacedToken> tokens = new(normalized.Length / 3 + 4);
        foreach (var (start, length) in Merge(normalized))
        {
            var piece = normalized.AsSpan(start, length);
            // Places are those of the characters; the next one's is where this one ends.
            var (from, to) = (places[start], places[start + length]);
            if (_mergeable.TryGetValue(piece, out var id)) tokens.Add(new PlacedToken(id, from, to));
            else if (_bytes.Length > 0) foreach (var value in System.Text.Encoding.UTF8.GetBytes(piece.ToString())) tokens.Add(new PlacedToken(_bytes[value], from, to));
            else if (tokens.Count > 0 && tokens[^1].Id == _model.UnknownId && tokens[^1].End == from) tokens[^1] = tokens[^1] with { End = to };
            else tokens.Add(new PlacedToken(_model.UnknownId, from, to));
        }

        return tokens;
    }

    private bool Has(int id) => id >= 0 && id < _model.Pieces.Count;

    // Blanks become marks; each character keeps its place in the original, in code points, with one more place for the end.
    private (string Text, int[] Places) Normalize(string text)
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
        var codePoint = _model.RemoveExtraWhitespaces ? text.Length - text.TrimStart(' ').Length : 0;
        if (body.Length > 0 && _model.AddDummyPrefix) Add(new Rune(Mark), codePoint);
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

    // A linked list of symbols, and a queue of pairs by score, then place, as in sentencepiece's bpe_model.cc.
    private IEnumerable<(int Start, int Length)> Merge(string text)
    {
        // Symbols by their first character: length, 0 once merged into the one before.
        var lengths = new int[text.Length];
        var previous = new int[text.Length];
        var isFixed = new bool[text.Length];
        for (int at = 0, before = -1; at < text.Length; before = at, at += lengths[at])
        {
            var user = _userDefined.FirstOrDefault(piece => text.AsSpan(at).StartsWith(piece, StringComparison.Ordinal));
            lengths[at] = user?.Length ?? (char.IsHighSurrogate(text[at]) ? 2 : 1);
            (isFixed[at], previous[at]) = (user is not null, before);
        }

        PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)> queue = new();
        for (var at = 0; at < text.Length; at += lengths[at]) Offer(at);
        while (queue.TryDequeue(out var pair, out _))
        {
            if (lengths[pair.Left] == 0 || lengths[pair.Right] == 0 || lengths[pair.Left] + lengths[pair.Right] != pair.Length) continue;
            lengths[pair.Left] = pair.Length;
            lengths[pair.Right] = 0;
            var after = pair.Left + pair.Length;
            if (after < text.Length) previous[after] = pair.Left;
            Offer(pair.Left);
            if (previous[pair.Left] >= 0) Offer(previous[pair.Left]);
        }

        for (var at = 0; at < text.Length; at += lengths[at]) yield return (at, lengths[at]);

        void Offer(int left)
        {
            var right = left + lengths[left];
            if (right >= text.Length || isFixed[left] || isFixed[right]) return;
            var length = lengths[left] + lengths[right];
            // The queue gives the smallest first.
            if (_mergeable.TryGetValue(text.AsSpan(left, length), out var id)) queue.Enqueue((left, right, length), (-_model.Pieces[id].Score, left));
        }
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
