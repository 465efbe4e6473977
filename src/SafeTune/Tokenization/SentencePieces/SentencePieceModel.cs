namespace SafeTune.Tokenization;

/// <summary>What a piece is (sentencepiece_model.proto).</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One entry of the vocabulary.</summary>
internal readonly record struct SentencePieceEntry(string Text, float Score, PieceKind Kind);

/// <summary>A tokenizer.model file: sentencepiece's ModelProto, as far as a BPE without text normalisation needs it.</summary>
internal sealed class SentencePieceModel
{
    private static readonly string[] Kinds = ["", "unigram", "BPE", "word", "character"];
    private static readonly System.Text.UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<SentencePieceEntry> _pieces = [];

    public IReadOnlyList<SentencePieceEntry> Pieces => _pieces;

    /// <summary>Characters without a piece are spelled in bytes.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>A blank is put before the text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Blanks at the ends go, and of several in a row all but one.</summary>
    public bool RemoveExtraWhitespaces { get; private set; } = true;

    public int UnknownId { get; private set; }

    public int BeginId { get; private set; } = 1;

    public int EndId { get; private set; } = 2;

    public int PadId { get; private set; } = -1;

    private ulong Kind { get; set; } = 1;

    private string NormalizerName { get; set; } = "";

    private bool HasCharacterMap { get; set; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It is broken, or of a kind that is not known; the sentence names it.</exception>
    public static SentencePieceModel Load(string path)
    {
        var model = new SentencePieceModel();
        try
        {
            model.Read(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is FormatException or System.Text.DecoderFallbackException or IOException or UnauthorizedAccessException)
        {
            throw Bad(path, error.Message.TrimEnd('.'), error);
        }

        if (model.Kind != 2)
            throw new UsageException($"'{path}' is a {(model.Kind < (ulong)Kinds.Length ? Kinds[model.Kind] : $"sentencepiece model of the unknown kind {model.Kind},")} model, and only sentencepiece's BPE models, such as LLaMA's, are known; choose a model with such a tokenizer.");
        if (model.HasCharacterMap && model.NormalizerName != "identity")
            throw new UsageException($"'{path}' normalises text by '{model.NormalizerName}', and only 'identity' is known; choose a model with such a tokenizer.");
        model.Check(path);
        return model;
    }

    private void Check(string path)
    {
        if (_pieces.Count == 0) throw Bad(path, "it has no pieces");
        if (UnknownId < 0 || UnknownId >= _pieces.Count || _pieces[UnknownId].Kind != PieceKind.Unknown) throw Bad(path, $"the unknown piece is said to be number {UnknownId}, which is not one");
        if (_pieces.FindIndex(piece => piece.Text.Length == 0) is >= 0 and var empty) throw Bad(path, $"piece {empty} is empty");
        if (_pieces.Select(piece => piece.Text).Distinct(StringComparer.Ordinal).Count() != _pieces.Count) throw Bad(path, "a piece is there twice");
        if (_pieces.FindIndex(piece => float.IsNaN(piece.Score)) is >= 0 and var odd) throw Bad(path, $"the score of piece {odd} is no number");
        if (ByteFallback && Enumerable.Range(0, 256).FirstOrDefault(value => !_pieces.Exists(piece => piece.Kind == PieceKind.Byte && piece.Text == ByteName(value)), -1) is >= 0 and var missing)
            throw Bad(path, $"it spells unknown characters in bytes and lacks the piece {ByteName(missing)}");
        if (BeginId >= _pieces.Count || EndId >= _pieces.Count || PadId >= _pieces.Count) throw Bad(path, "a special token's id is beyond the vocabulary");
    }

    internal static string ByteName(int value) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    private void Read(ReadOnlySpan<byte> file)
    {
        var reader = new ProtobufReader(file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    _pieces.Add(Piece(reader.Bytes));
                    break;
                case 2:
                    ReadTrainer(reader.Bytes);
                    break;
                case 3:
                    ReadNormalizer(reader.Bytes);
                    break;
            }
        }
    }

    private static SentencePieceEntry Piece(ReadOnlySpan<byte> message)
    {
        var (text, score, kind) = ("", 0f, 1UL);
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) text = Strict.GetString(reader.Bytes);
            else if (reader.Field == 2) score = reader.Single;
            else if (reader.Field == 3) kind = reader.Number;
        }

        return kind is >= 1 and <= 6 ? new SentencePieceEntry(text, score, (PieceKind)kind) : throw new FormatException($"a piece is of the unknown kind {kind}");
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    Kind = reader.Number;
                    break;
                case 35:
                    ByteFallback = reader.Number != 0;
                    break;
                case 40:
                    UnknownId = (int)reader.Number;
                    break;
                case 41:
                    BeginId = (int)reader.Number;
                    break;
                case 42:
                    EndId = (int)reader.Number;
                    break;
                case 43:
                    PadId = (int)reader.Number;
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    NormalizerName = Strict.GetString(reader.Bytes);
                    break;
                case 2:
                    HasCharacterMap = reader.Bytes.Length > 0;
                    break;
                case 3:
                    AddDummyPrefix = reader.Number != 0;
                    break;
                case 4:
                    RemoveExtraWhitespaces = reader.Number != 0;
                    break;
                case 5 when reader.Number == 0:
                    throw new FormatException("it does not mark blanks (escape_whitespaces is off)");
            }
        }
    }

    private static UsageException Bad(string path, string what, Exception? inner = null) => new($"'{path}' is no usable sentencepiece model: {what}; get the model's files again.", inner);
}
