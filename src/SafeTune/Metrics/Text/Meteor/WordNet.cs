namespace SafeTune.Metrics.Text;

/// <summary>The synonyms of an installed WordNet (wordnet.princeton.edu): the files <c>index.*</c> and <c>*.exc</c>.</summary>
internal sealed class WordNet
{
    private static readonly Lazy<WordNet?> Found = new(Find);

    // Endings and what the base form has instead, by part of speech, as WordNet's own morphological search tries them.
    private static readonly (string Kind, (string Ending, string Base)[] Rules)[] Parts =
    [
        ("noun", [("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y")]),
        ("verb", [("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")]),
        ("adj", [("er", ""), ("est", ""), ("er", "e"), ("est", "e")]),
        ("adv", []),
    ];

    private readonly Dictionary<string, string[]>[] synsets;
    private readonly Dictionary<string, string[]>[] exceptions;

    private WordNet(string folder)
    {
        synsets = [.. Parts.Select(part => Read(Path.Combine(folder, $"index.{part.Kind}"), Synsets))];
        exceptions = [.. Parts.Select(part => Read(Path.Combine(folder, $"{part.Kind}.exc"), words => words[1..]))];
    }

    /// <summary>WordNet of the folder that WNHOME names, or of /usr/share/wordnet; null when neither has one.</summary>
    public static WordNet? Installed => Found.Value;

    /// <summary>All sets of synonyms that a word, or a base form of it, belongs to.</summary>
    public IReadOnlySet<string> Meanings(string word)
    {
        HashSet<string> meanings = [];
        for (var part = 0; part < Parts.Length; part++)
        {
            foreach (var form in Forms(word, part).Append(word))
                meanings.UnionWith(synsets[part].GetValueOrDefault(form, []).Select(offset => Parts[part].Kind + offset));
        }

        return meanings;
    }

    private IEnumerable<string> Forms(string word, int part) => exceptions[part].TryGetValue(word, out var irregular)
        ? irregular
        : Parts[part].Rules.Where(rule => word.Length > rule.Ending.Length && word.EndsWith(rule.Ending, StringComparison.Ordinal)).Select(rule => word[..^rule.Ending.Length] + rule.Base);

    // lemma pos synset_cnt p_cnt [symbol…] sense_cnt tagsense_cnt synset_offset…
    private static string[] Synsets(string[] fields) => fields[(6 + int.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture))..];

    private static Dictionary<string, string[]> Read(string file, Func<string[], string[]> values)
    {
        Dictionary<string, string[]> entries = new(StringComparer.Ordinal);
        // Lines of the licence begin with a space; no adverb is irregular.
        foreach (var line in File.Exists(file) ? File.ReadLines(file).Where(line => line.Length > 0 && line[0] != ' ') : [])
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            entries[fields[0]] = values(fields);
        }

        return entries;
    }

    private static WordNet? Find()
    {
        string?[] homes = [Environment.GetEnvironmentVariable("WNHOME"), "/usr/share/wordnet"];
        var folder = homes.OfType<string>().SelectMany(home => new[] { home, Path.Combine(home, "dict") }).FirstOrDefault(home => File.Exists(Path.Combine(home, "index.noun")));
        return folder is null ? null : new WordNet(folder);
    }
}
