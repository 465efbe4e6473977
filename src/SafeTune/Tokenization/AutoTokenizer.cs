namespace SafeTune.Tokenization;

/// <summary>Loads the tokenizer of a model folder, whatever its kind.</summary>
public static class AutoTokenizer
{
    /// <summary>
    /// Chooses by the files that are there: vocab.txt (WordPiece), tokenizer.model (SentencePiece), vocab.json with merges.txt (byte-level BPE), or a
    /// tokenizer.json of the kinds WordPiece and byte-level BPE. Added tokens and settings come from the files beside them.
    /// </summary>
    /// <param name="folder">The folder of a model as Hugging Face lays it out.</param>
    /// <exception cref="UsageException">There is no such file, a file is broken, or the tokenizer is of a kind that is not known; the sentence names it.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        bool Has(string name) => File.Exists(Path.Combine(folder, name));
        if (!Directory.Exists(folder)) throw new UsageException($"The tokenizer's folder '{folder}' does not exist.");
        if (Has("vocab.txt")) return WordPiece.Load(folder);
        if (Has("tokenizer.model") || Has("spiece.model")) return SentencePiece.Load(folder);
        if (Has("vocab.json") && Has("merges.txt")) return ByteLevelBpe.Load(folder);
        if (!Has("tokenizer.json"))
            throw new UsageException($"The folder '{folder}' has no tokenizer: looked for vocab.txt, tokenizer.model, vocab.json with merges.txt, and tokenizer.json; copy them from where the model came from.");
        var json = SideJson.Read(folder, "tokenizer.json")!;
        return TokenizerJson.KindOf(json) switch
        {
            "BPE" => ByteLevelBpe.Load(folder),
            "WordPiece" => WordPiece.Load(folder),
            var kind => throw new UsageException($"'{json.Path}' holds a tokenizer of the kind '{kind}', which is not known from this file; known: BPE and WordPiece here, SentencePiece's BPE from tokenizer.model."),
        };
    }
}
