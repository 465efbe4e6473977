namespace SafeTune.Tokenization;

/// <summary>A BERT vocabulary: one token a line, its id the number of the line counted from 0.</summary>
internal sealed class Vocabulary
{
    private readonly string[] _tokens;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _starts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;

    private Vocabulary(string path, string[] tokens)
    {
        (Path, _tokens) = (path, tokens);
        Dictionary<string, int> starts = new(tokens.Length, StringComparer.Ordinal);
        Dictionary<string, int> continuations = new(StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++)
        {
            // An ordinary token that is there twice has its last id, as in transformers.
            starts[tokens[id]] = id;
            if (tokens[id].Length > 2 && tokens[id].StartsWith("##", StringComparison.Ordinal))
                continuations[tokens[id][2..]] = id;
            LongestToken = Math.Max(LongestToken, tokens[id].Length);
        }

        _starts = starts.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Path { get; }

    public int Size => _tokens.Length;

    /// <summary>How many lines have a token that stands in a later one again.</summary>
    public int Repeated => _tokens.Length - _tokens.Distinct(StringComparer.Ordinal).Count();

    /// <summary>UTF-16 units of the longest token: no piece is longer.</summary>
    public int LongestToken { get; }

    public string this[int id] => _tokens[id];

    /// <summary>Every token with its id.</summary>
    public IEnumerable<(string Token, int Id)> Entries => _tokens.Index().Select(entry => (entry.Item, entry.Index));

    /// <exception cref="UsageException">The file cannot be read or has no tokens.</exception>
    public static Vocabulary Load(string path)
    {
        string[] tokens = [.. Data.TextLines.Of(path)];
        return tokens.Length > 0
            ? new Vocabulary(path, tokens)
            : throw new UsageException($"'{path}' is empty, expected one token a line: get the model's files again.");
    }

    /// <summary>Reads <c>model.vocab</c> of a tokenizer.json.</summary>
    /// <exception cref="UsageException">It is none, or its ids are not the numbers from 0 on.</exception>
    public static Vocabulary Of(SideJson json, System.Text.Json.JsonElement vocabulary)
    {
        var ids = TokenizerJson.Ids(json, vocabulary);
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id >= tokens.Length) throw new UsageException($"'{json.Path}': model.vocab gives '{token}' the id {id} among {ids.Count} tokens, expected the numbers from 0 on without holes; get the file again.");
            if (tokens[id] is { } other) throw new UsageException($"'{json.Path}': model.vocab gives the id {id} to '{other}' and to '{token}'; get the file again.");
            tokens[id] = token;
        }

        return tokens.Length > 0 ? new Vocabulary(json.Path, tokens!) : throw json.Bad("model.vocab", vocabulary, "tokens and ids");
    }

    /// <summary>The id of a piece at the start of a word, or inside one (written with ## in the file), or -1.</summary>
    public int Find(ReadOnlySpan<char> piece, bool continuation) =>
        (continuation ? _continuations : _starts).TryGetValue(piece, out var id) ? id : -1;

    /// <summary>The line of a token that must be there exactly once.</summary>
    /// <exception cref="UsageException">It is missing or there twice.</exception>
    public int Special(string token)
    {
        var first = Array.IndexOf(_tokens, token);
        if (first < 0)
            throw new UsageException($"'{Path}' lacks the special token '{token}': expected the vocabulary of a BERT model; get the model's files again.");
        var second = Array.IndexOf(_tokens, token, first + 1);
        return second < 0
            ? first
            : throw new UsageException(
                $"'{Path}' has the special token '{token}' in lines {first + 1} and {second + 1}, expected it once: get the model's files again.");
    }
}
