using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>Checks of tokenizer.json: it is a program in pieces, so that a key that is not known is refused.</summary>
internal static class TokenizerJson
{
    /// <summary>Refuses what no kind of tokenizer here knows.</summary>
    /// <exception cref="UsageException">Names the key.</exception>
    public static void Check(SideJson json)
    {
        CheckKeys(json, "", json.Root, "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        // Both are off unless a call asks for them; only the side is taken from the file.
        if (json.Get("truncation")?.Text("direction") is { } side && side != "Right")
            throw new UsageException($"'{json.Path}': truncation.direction is \"{side}\", which is not known here: what is too long loses its end; choose a model without it, or correct it.");
    }

    /// <summary>The kind of model that a file holds, e.g. <c>BPE</c>; null when it does not say.</summary>
    public static string? KindOf(SideJson json) =>
        // Files of old versions leave the kind of a BPE out.
        json.Get("model")?.Text("type") ?? (json.Get("model")?.Get("merges") is not null ? "BPE" : null);

    /// <summary>Refuses keys that are not known.</summary>
    /// <param name="json">The file.</param>
    /// <param name="where">The object's place in it, with a dot; empty for the root.</param>
    /// <param name="value">The object.</param>
    /// <param name="known">Its keys.</param>
    public static void CheckKeys(SideJson json, string where, JsonElement value, params ReadOnlySpan<string> known)
    {
        if (value.ValueKind != JsonValueKind.Object) throw json.Bad(where.TrimEnd('.'), value, "an object");
        foreach (var entry in value.EnumerateObject())
        {
            if (!known.Contains(entry.Name)) throw new UsageException($"'{json.Path}' has the key '{where}{entry.Name}', which is not known here; known: {string.Join(", ", known!)}.");
        }
    }

    /// <summary>Refuses a value that is not the known one; a key that is missing or null is fine.</summary>
    public static void Only(SideJson json, string where, JsonElement? value, string known)
    {
        if (value is { } found && found.GetRawText() != known) throw new UsageException($"'{json.Path}': {where} is {SideJson.Short(found)}, and only {known} is known here; choose a model with such a tokenizer.");
    }

    /// <summary>Reads a vocabulary of tokens and ids.</summary>
    /// <exception cref="UsageException">It is none, or a token is there twice.</exception>
    public static Dictionary<string, int> Ids(SideJson json, JsonElement vocabulary)
    {
        if (vocabulary.ValueKind != JsonValueKind.Object) throw json.Bad("model.vocab", vocabulary, "an object of tokens and ids");
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        foreach (var entry in vocabulary.EnumerateObject())
        {
            if (!ids.TryAdd(entry.Name, json.Id($"model.vocab['{entry.Name}']", entry.Value))) throw new UsageException($"'{json.Path}': the token '{entry.Name}' is in model.vocab twice; get the file again.");
        }

        return ids;
    }
}
