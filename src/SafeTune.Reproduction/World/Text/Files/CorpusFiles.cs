namespace SafeTune.Reproduction.World.Text;

/// <summary>corpus/train.txt and valid.txt: a document a line.</summary>
internal static class CorpusFiles
{
    private const ulong Seed = 1;

    /// <summary>Writes both, without a document that has all texts of a task's row (<paramref name="taken"/>: <c>first TAB second</c>), and returns the training documents.</summary>
    public static string[] Write(string folder, int train, int valid, HashSet<string> taken)
    {
        Documents documents = new(new Chance(Seed));
        HashSet<string> drawn = [];
        List<string> kept = [];
        while (kept.Count < train + valid)
        {
            (string one, string other) = documents.Draw();
            if (one == other || drawn.Contains(one) || drawn.Contains(other) || HasRow(one, taken) || HasRow(other, taken)) continue;
            drawn.UnionWith([one, other]);
            kept.AddRange([one, other]);
        }
        AtomicFile.WriteAllText(Path.Combine(folder, "train.txt"), string.Concat(kept.Take(train).Select(document => document + "\n")));
        AtomicFile.WriteAllText(Path.Combine(folder, "valid.txt"), string.Concat(kept.Skip(train).Select(document => document + "\n")));
        return [.. kept.Take(train)];
    }

    /// <summary>Whether a task's single sentence, or both of its sentences, are in the document.</summary>
    internal static bool HasRow(string document, HashSet<string> taken)
    {
        string[] sentences = Sentences(document);
        return sentences.Any(first => taken.Contains(first + "\t") || sentences.Any(second => taken.Contains($"{first}\t{second}")));
    }

    // Each sentence, and what comes after a 'Yes,' as a sentence of its own.
    private static string[] Sentences(string document)
    {
        List<string> sentences = [];
        for (int start = 0, at = 0; at < document.Length; at++)
        {
            if (document[at] is not ('.' or '?')) continue;
            string sentence = document[start..(at + 1)].Trim();
            sentences.Add(sentence);
            if (sentence.IndexOf(", ", StringComparison.Ordinal) is > 0 and var comma) sentences.Add(Speaker.Sentence(sentence[(comma + 2)..^1], sentence[^1]));
            start = at + 1;
        }
        return [.. sentences];
    }
}
