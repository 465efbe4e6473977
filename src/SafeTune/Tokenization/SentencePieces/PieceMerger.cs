namespace SafeTune.Tokenization;

/// <summary>Merges characters into pieces, the pair with the best score first (sentencepiece's BPE). Safe for several threads.</summary>
internal sealed class PieceMerger
{
    private readonly IReadOnlyList<SentencePieceEntry> _pieces;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _mergeable;
    private readonly string[] _userDefined;

    public PieceMerger(SentencePieceModel model)
    {
        _pieces = model.Pieces;
        _mergeable = _pieces.Index().Where(entry => entry.Item.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused)
            .ToDictionary(entry => entry.Item.Text, entry => entry.Index, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _userDefined = [.. _pieces.Where(piece => piece.Kind == PieceKind.UserDefined).Select(piece => piece.Text).OrderByDescending(text => text.Length)];
    }

    /// <summary>The id of a piece that a text may be cut into.</summary>
    public bool TryFind(ReadOnlySpan<char> piece, out int id) => _mergeable.TryGetValue(piece, out id);

    /// <summary>Cuts a normalised text into pieces, and into characters where no piece fits.</summary>
    /// <remarks>A linked list of symbols, and a queue of pairs by score, then place, as in sentencepiece's bpe_model.cc.</remarks>
    public IEnumerable<(int Start, int Length)> Merge(string text)
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
            if (_mergeable.TryGetValue(text.AsSpan(left, length), out var id)) queue.Enqueue((left, right, length), (-_pieces[id].Score, left));
        }
    }
}
