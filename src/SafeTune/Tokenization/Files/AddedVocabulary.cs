namespace SafeTune.Tokenization;

/// <summary>The vocabulary that tokens are added to.</summary>
/// <param name="Path">Its file, named in errors.</param>
/// <param name="Size">One more than its largest id.</param>
/// <param name="Repeated">How many of its lines have a token that stands there again.</param>
/// <param name="Find">The id of a token.</param>
/// <param name="Token">The token of an id.</param>
internal sealed record BaseVocabulary(string Path, int Size, int Repeated, Func<string, int?> Find, Func<int, string?> Token);

/// <summary>The special tokens and those that a user added: their ids, what they are for, and where they are in a text.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, AddedToken> _byText = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, AddedToken> _roles = [];
    private readonly AddedTokenMatcher _normalized;
    private int _next;

    /// <param name="vocabulary">What they are added to.</param>
    /// <param name="files">What the files say.</param>
    /// <param name="usual">The names that the family's special tokens have where no file says otherwise, by role.</param>
    /// <param name="normalize">What becomes of a text before words are cut.</param>
    /// <param name="also">More special tokens of the vocabulary.</param>
    /// <exception cref="UsageException">The files contradict the vocabulary, or leave ids out.</exception>
    public AddedVocabulary(BaseVocabulary vocabulary, SideFiles files, IReadOnlyDictionary<string, AddedToken> usual, Func<string, string>? normalize = null, IEnumerable<string>? also = null)
    {
        Size = vocabulary.Size;
        // Hugging Face numbers them from the count of different tokens on, so that a token which stands twice in the vocabulary shifts them into it.
        _next = vocabulary.Size - vocabulary.Repeated;
        foreach (var found in files.WithIds.OrderBy(found => found.Token.Id)) AddWithId(vocabulary, found);
        foreach (var role in SideFiles.Roles)
        {
            var name = files.Named.GetValueOrDefault(role);
            var ours = usual.GetValueOrDefault(role);
            // A name that a file gives without more is matched as the family matches its own.
            var token = name is null ? ours : name.IsPlain && ours is not null ? ours with { Text = name.Token.Text } : name.Token;
            if (token is null) continue;
            if (Special(vocabulary, token, isNew: token.Text != ours?.Text) is { } special) _roles[role] = special;
        }

        foreach (var name in also ?? []) Special(vocabulary, new AddedToken(name, -1), isNew: false);
        foreach (var more in files.More) Special(vocabulary, more.Token, isNew: true);
        var ordered = _byId.Values.OrderByDescending(token => token.IsSpecial).ThenBy(token => token.Id).ToList();
        Raw = new AddedTokenMatcher(ordered.Where(token => !token.IsNormalized).Select(token => (token.Text, token)));
        _normalized = new AddedTokenMatcher(ordered.Where(token => token.IsNormalized).Select(token => (normalize?.Invoke(token.Text) ?? token.Text, token)));
    }

    /// <summary>One more than the largest id, the vocabulary's own included.</summary>
    public int Size { get; private set; }

    /// <summary>Finds the tokens that are matched in the text as it is.</summary>
    public AddedTokenMatcher Raw { get; }

    /// <summary>Finds the tokens that are matched in the normalised text, after those of <see cref="Raw"/>.</summary>
    public AddedTokenMatcher Normalized => _normalized;

    /// <summary>The token of an id, or null.</summary>
    public AddedToken? this[int id] => _byId.GetValueOrDefault(id);

    /// <summary>The id of a token, or null.</summary>
    public int? Find(string token) => _byText.TryGetValue(token, out var found) ? found.Id : null;

    /// <summary>The id of what is named for a role, such as <c>pad_token</c>, or null.</summary>
    public int? Role(string role) => _roles.GetValueOrDefault(role)?.Id;

    /// <summary>The name of a role's token, or null.</summary>
    public string? Name(string role) => _roles.GetValueOrDefault(role)?.Text;

    /// <summary>Cuts a text that is not normalised at all its added tokens.</summary>
    public IEnumerable<TextPart> Split(string text)
    {
        foreach (var part in Raw.Split(text))
        {
            if (part.Token is not null) yield return part;
            else foreach (var inner in _normalized.Split(text.AsSpan(part.Start, part.End - part.Start))) yield return inner with { Start = part.Start + inner.Start, End = part.Start + inner.End };
        }
    }

    private void AddWithId(BaseVocabulary vocabulary, DeclaredToken found)
    {
        var token = found.Token;
        if (vocabulary.Find(token.Text) is { } known && known != token.Id)
            throw new UsageException($"'{found.Path}' gives the added token '{token.Text}' the id {token.Id}, and '{vocabulary.Path}' has it as {known}; correct one of them.");
        if (token.Id >= vocabulary.Size) token = token with { Id = token.Id - vocabulary.Repeated };
        else if (vocabulary.Token(token.Id) is { } other && other != token.Text)
            throw new UsageException($"'{found.Path}' gives the added token '{token.Text}' the id {token.Id}, which is that of '{other}' in '{vocabulary.Path}'; correct one of them.");
        if (token.Id > _next)
            throw new UsageException($"'{found.Path}' gives the added token '{token.Text}' the id {found.Token.Id}, and the ids from {_next + vocabulary.Repeated} on are nobody's; expected ids without holes after those of '{vocabulary.Path}'.");
        Add(token);
    }

    // A name that no file has an id for is in the vocabulary, or comes after all others.
    private AddedToken? Special(BaseVocabulary vocabulary, AddedToken token, bool isNew)
    {
        if (_byText.TryGetValue(token.Text, out var known))
        {
            Add(known with { IsSpecial = true });
            return _byText[token.Text];
        }

        if (vocabulary.Find(token.Text) is { } id) Add(token with { Id = id, IsSpecial = true });
        else if (isNew) Add(token with { Id = _next, IsSpecial = true });
        return _byText.GetValueOrDefault(token.Text);
    }

    private void Add(AddedToken token)
    {
        _byText[token.Text] = _byId[token.Id] = token;
        _next = Math.Max(_next, token.Id + 1);
        Size = Math.Max(Size, _next);
    }
}
