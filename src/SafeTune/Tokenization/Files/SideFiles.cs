using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>The files beside a vocabulary that change what it means: tokenizer_config.json, special_tokens_map.json, added_tokens.json and tokenizer.json.</summary>
internal sealed class SideFiles
{
    /// <summary>What a special token may be for, in the order in which transformers gives ids to those that have none.</summary>
    public static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private static readonly string[] MoreKeys = ["additional_special_tokens", "extra_special_tokens"];
    private const string Decoder = "added_tokens_decoder";
    private readonly Dictionary<string, DeclaredToken> _named = [];
    private readonly List<DeclaredToken> _more = [];
    private readonly List<DeclaredToken> _withIds = [];

    private SideFiles(string folder)
    {
        Config = SideJson.Read(folder, "tokenizer_config.json");
        Map = SideJson.Read(folder, "special_tokens_map.json");
        Added = SideJson.Read(folder, "added_tokens.json");
        Json = SideJson.Read(folder, "tokenizer.json");
    }

    /// <summary>tokenizer_config.json.</summary>
    public SideJson? Config { get; }

    /// <summary>tokenizer.json.</summary>
    public SideJson? Json { get; }

    /// <summary>The special tokens that the files name, by role.</summary>
    public IReadOnlyDictionary<string, DeclaredToken> Named => _named;

    /// <summary>Special tokens without a role.</summary>
    public IReadOnlyList<DeclaredToken> More => _more;

    /// <summary>Tokens whose ids the files say; of those that several files name, the one that says how it is matched.</summary>
    public IReadOnlyList<DeclaredToken> WithIds => _withIds;

    /// <summary>Whether transformers wrote anything beside the vocabulary.</summary>
    public bool IsAny => (Config ?? Map ?? Added) is not null;

    /// <summary>Whether tokenizer_config.json names no class of a family, so that tokenizer.json alone decides.</summary>
    public bool IsGeneric => Json is not null && (Config is null || Config.Text("tokenizer_class") is { } name && (name.StartsWith("PreTrainedTokenizer", StringComparison.Ordinal) || name == "TokenizersBackend"));

    private SideJson? Map { get; }

    private SideJson? Added { get; }

    /// <summary>Reads what is there.</summary>
    /// <exception cref="UsageException">A file is broken, asks for what is not known, or contradicts another; the sentence names the files.</exception>
    public static SideFiles Load(string folder, TokenizerKind kind)
    {
        SideFiles files = new(folder);
        if (files.Config is { } config) ConfigKeys.Check(config, kind, files.Json is not null);
        if (files.Json is { } json) TokenizerJson.Check(json);
        files.ReadNames();
        files.ReadIds();
        return files;
    }

    /// <summary>Refuses two files that give one id to different tokens.</summary>
    public static void CheckSame(string path, IEnumerable<(string Token, int Id)> entries, string otherPath, Func<int, string?> other)
    {
        foreach (var (token, id) in entries)
        {
            if (other(id) != token)
                throw new UsageException($"'{path}' has '{token}' as token {id}, and '{otherPath}' has {(other(id) is { } found ? $"'{found}'" : "none")}; get both files again, or take away the one that is out of date.");
        }
    }

    private void ReadNames()
    {
        foreach (var key in Map is null ? [] : Map.Root.EnumerateObject().Select(entry => entry.Name))
        {
            if (!Roles.Contains(key) && !MoreKeys.Contains(key))
                throw new UsageException($"'{Map!.Path}' has the key '{key}', which is no kind of special token; expected {string.Join(", ", [.. Roles, .. MoreKeys])}: correct it.");
        }

        foreach (var role in Roles)
        {
            var (inConfig, inMap) = (Config?.Token(role), Map?.Token(role));
            if (inConfig is not null && inMap is not null && inConfig.Token.Text != inMap.Token.Text)
                throw new UsageException($"'{Config!.Path}' names '{inConfig.Token.Text}' as its {role}, and '{Map!.Path}' names '{inMap.Token.Text}'; correct one of them.");
            if ((inConfig is { IsPlain: false } ? inConfig : inMap ?? inConfig) is { } named) _named[role] = named;
        }

        if (!_named.ContainsKey("pad_token") && Json?.Get("padding")?.Text("pad_token") is { Length: > 0 } pad)
            _named["pad_token"] = new DeclaredToken(new AddedToken(pad, -1) { IsSpecial = true }, Json.Path, IsPlain: true);
        foreach (var file in new[] { Config, Map })
            if (file is not null) _more.AddRange(MoreKeys.SelectMany(file.Tokens));
    }

    private void ReadIds()
    {
        Dictionary<string, DeclaredToken> byText = new(StringComparer.Ordinal);
        Dictionary<int, DeclaredToken> byId = [];
        foreach (var found in InTokenizerJson().Concat(InDecoder()).Concat(InAddedTokens()))
        {
            var token = found.Token;
            if (byId.TryGetValue(token.Id, out var taken) && taken.Token.Text != token.Text)
                throw new UsageException($"{Both(taken, found)} the id {token.Id} to '{taken.Token.Text}' and to '{token.Text}'; correct one of them.");
            if (!byText.TryGetValue(token.Text, out var known))
            {
                byText[token.Text] = byId[token.Id] = found;
                continue;
            }

            if (known.Token.Id != token.Id) throw new UsageException($"{Both(known, found)} '{token.Text}' the ids {known.Token.Id} and {token.Id}; correct one of them.");
            if (known.Path == found.Path) throw new UsageException($"'{found.Path}' has the added token '{token.Text}' twice; take one of them out.");
            if (!found.IsPlain && !known.IsPlain && !known.Token.MatchesAs(token))
                throw new UsageException($"'{known.Path}' and '{found.Path}' disagree on how '{token.Text}' is matched (lstrip, rstrip, single_word, normalized); correct one of them.");
        }

        _withIds.AddRange(byText.Values);
    }

    private static string Both(DeclaredToken one, DeclaredToken other) => one.Path == other.Path ? $"'{one.Path}' gives" : $"'{one.Path}' and '{other.Path}' give";

    private IEnumerable<DeclaredToken> InTokenizerJson()
    {
        if (Json?.Get("added_tokens") is not { } list) yield break;
        if (list.ValueKind != JsonValueKind.Array) throw Json.Bad("added_tokens", list, "a list of tokens");
        foreach (var (i, value) in list.EnumerateArray().Index())
        {
            var where = $"added_tokens[{i}]";
            yield return Json.Token(where, value, value.Get("id") is { } id ? Json.Id(where + ".id", id) : throw Json.Bad(where, value, "a token's content and its id"), special: true);
        }
    }

    private IEnumerable<DeclaredToken> InDecoder()
    {
        if (Config?.Get(Decoder) is not { } decoder) yield break;
        if (decoder.ValueKind != JsonValueKind.Object) throw Config.Bad(Decoder, decoder, "an object of ids and tokens");
        foreach (var entry in decoder.EnumerateObject()) yield return Config.Token($"{Decoder}.{entry.Name}", entry.Value, Config.Id(Decoder, entry.Name), special: false);
    }

    // Where tokenizer_config.json lists the tokens, transformers leaves this file unread: then it must say nothing new.
    private IEnumerable<DeclaredToken> InAddedTokens()
    {
        if (Added is null) yield break;
        var listed = Config?.Get(Decoder) is null ? null : InTokenizerJson().Concat(InDecoder()).Select(found => found.Token.Text).ToHashSet(StringComparer.Ordinal);
        var special = _named.Values.Concat(_more).Select(found => found.Token.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in Added.Root.EnumerateObject())
        {
            if (entry.Name.Length == 0) throw new UsageException($"'{Added.Path}' gives the id {SideJson.Short(entry.Value)} to an empty token; take it out.");
            if (listed?.Contains(entry.Name) == false)
                throw new UsageException($"'{Added.Path}' has the token '{entry.Name}', and {Decoder} of '{Config!.Path}', which lists all added tokens, lacks it; correct one of them.");
            var isSpecial = special.Contains(entry.Name);
            yield return new DeclaredToken(new AddedToken(entry.Name, Added.Id($"the id of '{entry.Name}'", entry.Value)) { IsSpecial = isSpecial, IsNormalized = !isSpecial }, Added.Path, IsPlain: true);
        }
    }
}
