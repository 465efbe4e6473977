namespace SafeTune.Data;

/// <summary>Text to pre-train on: a file with one document a line.</summary>
public static class Corpus
{
    /// <summary>Reads a file's documents; empty lines are none.</summary>
    /// <remarks>A language model learns each from its first token to its end; an encoder fills in masked tokens, where the task is set to <see cref="TaskKind.MaskedLanguageModelling"/>.</remarks>
    /// <param name="path">For example corpus/train.txt.</param>
    /// <exception cref="UsageException">There is no such file, or no document in it.</exception>
    public static Dataset Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' with text to pre-train on: put one there, a document a line.");
        Example[] documents = [.. TextLines.Of(path).Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => new PromptExample("", line))];
        return documents.Length > 0
            ? new Dataset("corpus", Path.GetFileNameWithoutExtension(path), documents, LabelNames: null, SkippedRows: 0) { Task = TaskKind.LanguageModelling }
            : throw new UsageException($"{path}: there is no text in it; expected a document a line.");
    }

    /// <summary>
    /// The documents for an encoder that also learns whether a text follows another (Devlin et al. 2019, section 3.1): each cut after its first sentence, once with its own rest (label 1) and once
    /// with that of the document beside it (label 0), lines going by twos. A neighbour is harder to tell apart than one from anywhere, where the corpus has its likes side by side. A document of one sentence stays whole.
    /// </summary>
    /// <param name="corpus">From <see cref="Load"/>.</param>
    public static Dataset NextSentences(Dataset corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        (string First, string? Next)[] documents = [.. corpus.Examples.Cast<PromptExample>().Select(document => Cut(document.Completion))];
        return corpus with { Examples = [.. documents.SelectMany((document, i) => Pairs(document, documents[Math.Min(i ^ 1, documents.Length - 1)].Next))] };
    }

    private static IEnumerable<TextExample> Pairs((string First, string? Next) document, string? other)
    {
        yield return new TextExample(document.First, document.Next, document.Next is null ? double.NaN : 1);
        if (document.Next is not null && other is not null && other != document.Next) yield return new TextExample(document.First, other, 0);
    }

    private static (string First, string? Next) Cut(string document)
    {
        for (var at = 0; at + 2 < document.Length; at++)
            if (document[at] is '.' or '?' or '!' && document[at + 1] == ' ') return (document[..(at + 1)], document[(at + 2)..]);
        return (document, null);
    }
}
