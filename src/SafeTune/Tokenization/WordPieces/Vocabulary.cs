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

    /// <summary>UTF-16 units of the longest token: no piece is longer.</summary>
    public int LongestToken { get; }

    public string this[int id] => _tokens[id];

    /// <exception cref="UsageException">The file cannot be read or has no tokens.</exception>
    public static Vocabulary Load(string path)
    {
        string[] tokens = [.. Data.TextLines.Of(path)];
        return tokens.Length > 0
            ? new Vocabulary(path, tokens)
            : throw new UsageException($"'{path}' is empty, expected one token a line: get the model's files again.");
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
