using System.Globalization;
using System.Text;

namespace SafeTune.Tokenization;

/// <summary>
/// BERT's tokenizer (Devlin et al. 2018): text is cleaned and split at blanks and punctuation, words are cut into the longest pieces
/// the vocabulary has.
/// </summary>
public sealed class WordPiece : Tokenizer
{
    private static readonly Dictionary<string, AddedToken> Usual = new[] { ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]") }
        .ToDictionary(entry => entry.Item1, entry => new AddedToken(entry.Item2, -1) { IsSpecial = true });

    private readonly Vocabulary _vocabulary;
    private readonly WordPieceSettings _settings;
    private readonly AddedVocabulary _added;
    private readonly WordCutter _words;

    private WordPiece(Vocabulary vocabulary, SideFiles files)
    {
        (_vocabulary, _settings) = (vocabulary, WordPieceSettings.Of(files));
        var usual = files.Json?.Get("model")?.Text("unk_token") is { } unknown ? new Dictionary<string, AddedToken>(Usual) { ["unk_token"] = new AddedToken(unknown, -1) { IsSpecial = true } } : Usual;
        if (!ReferenceEquals(usual, Usual) && files.Named.TryGetValue("unk_token", out var named) && named.Token.Text != usual["unk_token"].Text)
            throw new UsageException($"'{named.Path}' names '{named.Token.Text}' as its unk_token, and '{files.Json!.Path}' has '{usual["unk_token"].Text}'; correct one of them.");
        _added = new AddedVocabulary(new BaseVocabulary(vocabulary.Path, vocabulary.Size, vocabulary.Repeated, InFile, id => id < vocabulary.Size ? vocabulary[id] : null), files, usual, Normalize);
        // Only pre-training needs the mask.
        (PadId, UnknownId, ClassId, SeparatorId) = (Special("pad_token"), Special("unk_token"), Special("cls_token"), Special("sep_token"));
        _words = new WordCutter(vocabulary, UnknownId, _settings.MaxWordCodePoints);
        Specials = files.Json is { } json ? PostProcessor.Read(json, id => Token(id)).Specials : new SpecialTokens([ClassId], [SeparatorId], [SeparatorId], PairHasType1: true);
        if (Specials.Before is [var begin] && begin != ClassId) throw Contradiction("cls_token", begin);
        if (Specials.After is [var end] && end != SeparatorId) throw Contradiction("sep_token", end);

        int Special(string role) => _added.Role(role) is { } id && id >= vocabulary.Size ? id : vocabulary.Special(_added.Name(role) ?? files.Named.GetValueOrDefault(role)?.Token.Text ?? usual[role].Text);
        UsageException Contradiction(string role, int id) =>
            new($"'{files.Named.GetValueOrDefault(role)?.Path ?? files.Config?.Path ?? vocabulary.Path}' has '{_added.Name(role)}' as its {role}, and post_processor of '{files.Json!.Path}' puts '{Token(id)}' there; correct one of them.");
    }

    /// <summary>The id of [PAD], which fills batches up.</summary>
    public override int PadId { get; }

    /// <summary>The id of [UNK], for words that the vocabulary cannot spell.</summary>
    public int UnknownId { get; }

    /// <summary>The id of [CLS], every sequence's first token.</summary>
    public int ClassId { get; }

    /// <summary>The id of [SEP], which ends each text.</summary>
    public int SeparatorId { get; }

    /// <summary>Tokens in the vocabulary, added ones included.</summary>
    public override int VocabularySize => _added.Size;

    /// <summary>
    /// Reads <c>vocab.txt</c>, or <c>tokenizer.json</c>, and what lies beside it: <c>tokenizer_config.json</c> (do_lower_case, strip_accents,
    /// tokenize_chinese_chars, special and added tokens), <c>special_tokens_map.json</c> and <c>added_tokens.json</c>.
    /// </summary>
    /// <param name="modelFolder">The folder of a BERT model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">No vocabulary, a special token is missing or there twice, or two files contradict each other.</exception>
    public static WordPiece Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        var file = Path.Combine(modelFolder, "vocab.txt");
        var files = SideFiles.Load(modelFolder, TokenizerKind.WordPiece);
        var lines = File.Exists(file) ? Vocabulary.Load(file) : null;
        if (files.Json?.Get("model")?.Get("vocab") is not { } inJson)
        {
            return lines is not null ? new WordPiece(lines, files) : throw new UsageException(
                $"There is no file '{Path.GetFullPath(file)}': expected the WordPiece vocabulary of a BERT model beside its config.json; "
                + "copy it from where the model came from.");
        }

        // Both say the same, unless one of them is out of date: transformers reads one, and others the other.
        var tokenizer = new WordPiece(Vocabulary.Of(files.Json, inJson), files);
        if (lines is not null)
        {
            SideFiles.CheckSame(file, lines.Entries.Where(entry => entry.Token.Length > 0 && entry.Id == lines.Find(entry.Token, continuation: false)), files.Json.Path, id => tokenizer.Token(id) is { Length: > 0 } token ? token : null);
            SideFiles.CheckSame(files.Json.Path, tokenizer._vocabulary.Entries.Skip(lines.Size), file, _ => null);
        }

        return tokenizer;
    }

    /// <inheritdoc/>
    public override int? BeginId => ClassId;

    /// <inheritdoc/>
    public override int? EndId => SeparatorId;

    /// <summary>The token of an id, as it stands in the vocabulary (## marks a piece inside a word); empty for an id beyond it.</summary>
    public override string Token(int id) => id >= 0 && id < _vocabulary.Size ? _vocabulary[id] : _added[id]?.Text ?? "";

    /// <inheritdoc/>
    public override int? Find(string token) => _added.Find(token) ?? InFile(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _added[id]?.IsSpecial == true;

    /// <summary>The tokens joined by blanks, pieces inside a word without their ##.</summary>
    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecial = false)
    {
        StringBuilder text = new();
        foreach (var token in ids.Where(id => !skipSpecial || !IsSpecial(id)).Select(Token))
        {
            var continues = token.StartsWith("##", StringComparison.Ordinal);
            if (text.Length > 0 && !continues) text.Append(' ');
            text.Append(continues && text.Length > 0 ? token.AsSpan(2) : token);
        }

        return text.ToString();
    }

    private protected override SpecialTokens Specials { get; }

    private protected override List<PlacedToken> Tokenize(string text)
    {
        List<PlacedToken> tokens = new(text.Length / 4 + 4);
        var normalized = Normalizer();
        var codePoint = 0;
        foreach (var part in _added.Raw.Split(text))
        {
            var span = text.AsSpan(part.Start, part.End - part.Start);
            if (part.Token is { } token)
            {
                var count = TextPart.CodePoints(span);
                tokens.Add(new PlacedToken(token.Id, codePoint, codePoint + count));
                codePoint += count;
                continue;
            }

            codePoint += normalized.Set(span, codePoint);
            var sources = normalized.Sources;
            foreach (var inner in _added.Normalized.Split(normalized.Chars))
            {
                if (inner.Token is null) Words(normalized.Chars[inner.Start..inner.End], sources[inner.Start..inner.End], tokens);
                else tokens.Add(new PlacedToken(inner.Token.Id, sources[inner.Start], sources[inner.End - 1] + 1));
            }
        }

        return tokens;
    }

    private NormalizedText Normalizer() => new(_settings.LowerCase, _settings.StripAccents, _settings.SpaceChinese);

    private string Normalize(string text)
    {
        var normalized = Normalizer();
        normalized.Set(text, 0);
        return normalized.Chars.ToString();
    }

    private int? InFile(string token) => _vocabulary.Find(token, continuation: false) is >= 0 and var id ? id : null;

    /// <summary>Splits at blanks and around every punctuation character, and cuts each word into pieces.</summary>
    private void Words(ReadOnlySpan<char> chars, ReadOnlySpan<int> sources, List<PlacedToken> tokens)
    {
        var start = 0;
        for (var i = 0; i < chars.Length;)
        {
            var units = char.IsHighSurrogate(chars[i]) ? 2 : 1;
            var blank = chars[i] == ' ';
            if (blank || IsPunctuation(chars, i))
            {
                Word(chars[start..i], sources[start..i], tokens);
                if (!blank)
                    Word(chars.Slice(i, units), sources.Slice(i, units), tokens);
                start = i + units;
            }

            i += units;
        }

        Word(chars[start..], sources[start..], tokens);
    }

    private void Word(ReadOnlySpan<char> word, ReadOnlySpan<int> sources, List<PlacedToken> tokens)
    {
        if (word.IsEmpty)
            return;
        var at = 0;
        foreach (var (id, length) in _words.Pieces(word))
        {
            tokens.Add(new PlacedToken(id, sources[at], sources[at + length - 1] + 1));
            at += length;
        }
    }

    /// <summary>All of ASCII's symbols, although Unicode calls some of them symbols ($ + &lt;), and Unicode's punctuation.</summary>
    private static bool IsPunctuation(ReadOnlySpan<char> chars, int at)
    {
        var c = chars[at];
        if (c < 0x80)
            return c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c);
        var codePoint = char.IsHighSurrogate(c) ? char.ConvertToUtf32(c, chars[at + 1]) : c;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
    }
}
