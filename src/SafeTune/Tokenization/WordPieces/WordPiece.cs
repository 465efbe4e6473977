using System.Globalization;
using System.Text;

namespace SafeTune.Tokenization;

/// <summary>
/// BERT's tokenizer (Devlin et al. 2018): text is cleaned and split at blanks and punctuation, words are cut into the longest pieces
/// the vocabulary has.
/// </summary>
public sealed class WordPiece : Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly TokenizerConfig _config;
    private readonly WordCutter _words;
    private readonly (string Token, int Id)[] _specials;

    private WordPiece(Vocabulary vocabulary, TokenizerConfig config)
    {
        (_vocabulary, _config) = (vocabulary, config);
        (PadId, UnknownId) = (vocabulary.Special(config.Pad), vocabulary.Special(config.Unknown));
        _words = new WordCutter(vocabulary, UnknownId);
        (ClassId, SeparatorId) = (vocabulary.Special(config.Class), vocabulary.Special(config.Separator));
        List<(string, int)> specials = [(config.Pad, PadId), (config.Unknown, UnknownId), (config.Class, ClassId), (config.Separator, SeparatorId)];
        // Only pre-training needs the mask.
        if (vocabulary.Find(config.Mask, continuation: false) >= 0)
            specials.Add((config.Mask, vocabulary.Special(config.Mask)));
        _specials = [.. specials];
    }

    /// <summary>The id of [PAD], which fills batches up.</summary>
    public override int PadId { get; }

    /// <summary>The id of [UNK], for words that the vocabulary cannot spell.</summary>
    public int UnknownId { get; }

    /// <summary>The id of [CLS], every sequence's first token.</summary>
    public int ClassId { get; }

    /// <summary>The id of [SEP], which ends each text.</summary>
    public int SeparatorId { get; }

    /// <summary>Tokens in the vocabulary.</summary>
    public override int VocabularySize => _vocabulary.Size;

    /// <summary>
    /// Reads <c>vocab.txt</c> and, where there is one, <c>tokenizer_config.json</c> (do_lower_case, strip_accents, tokenize_chinese_chars,
    /// special tokens).
    /// </summary>
    /// <param name="modelFolder">The folder of a BERT model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">No vocab.txt, or a special token is missing or there twice.</exception>
    public static WordPiece Load(string modelFolder)
    {
        ArgumentNullException.ThrowIfNull(modelFolder);
        var file = Path.Combine(modelFolder, "vocab.txt");
        return File.Exists(file)
            ? new WordPiece(Vocabulary.Load(file), TokenizerConfig.Load(modelFolder))
            : throw new UsageException(
                $"There is no file '{Path.GetFullPath(file)}': expected the WordPiece vocabulary of a BERT model beside its config.json; "
                + "copy it from where the model came from.");
    }

    /// <inheritdoc/>
    public override int? BeginId => ClassId;

    /// <inheritdoc/>
    public override int? EndId => SeparatorId;

    /// <summary>The token of an id, as it stands in the vocabulary (## marks a piece inside a word); empty for an id beyond it.</summary>
    public override string Token(int id) => id >= 0 && id < _vocabulary.Size ? _vocabulary[id] : "";

    /// <inheritdoc/>
    public override int? Find(string token) =>
        (token.StartsWith("##", StringComparison.Ordinal) && token.Length > 2 ? _vocabulary.Find(token.AsSpan(2), continuation: true) : _vocabulary.Find(token, continuation: false)) is >= 0 and var id ? id : null;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => Array.Exists(_specials, special => special.Id == id);

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

    private protected override SpecialTokens Specials => new([ClassId], [SeparatorId], [SeparatorId], PairHasType1: true);

    private protected override List<PlacedToken> Tokenize(string text)
    {
        List<PlacedToken> tokens = new(text.Length / 4 + 4);
        NormalizedText normalized = new(_config.LowerCase, _config.StripAccents, _config.SpaceChinese);
        var codePoint = 0;
        var rest = text.AsSpan();
        while (true)
        {
            var (at, special) = NextSpecial(rest);
            codePoint += Words(at < 0 ? rest : rest[..at], codePoint, normalized, tokens);
            if (at < 0)
                return tokens;
            var (token, id) = _specials[special];
            var count = WordCutter.CodePoints(token);
            tokens.Add(new PlacedToken(id, codePoint, codePoint + count));
            codePoint += count;
            rest = rest[(at + token.Length)..];
        }
    }

    private (int At, int Special) NextSpecial(ReadOnlySpan<char> text)
    {
        var (best, which) = (-1, -1);
        for (var i = 0; i < _specials.Length; i++)
        {
            var at = text.IndexOf(_specials[i].Token, StringComparison.Ordinal);
            if (at >= 0 && (best < 0 || at < best || (at == best && _specials[i].Token.Length > _specials[which].Token.Length)))
                (best, which) = (at, i);
        }

        return (best, which);
    }

    /// <summary>Splits at blanks and around every punctuation character, and cuts each word into pieces.</summary>
    private int Words(ReadOnlySpan<char> text, int firstCodePoint, NormalizedText normalized, List<PlacedToken> tokens)
    {
        var count = normalized.Set(text, firstCodePoint);
        var chars = normalized.Chars;
        var sources = normalized.Sources;
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
        return count;
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
