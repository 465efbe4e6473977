using System.Text.RegularExpressions;

namespace SafeTune.Data;

/// <summary>The E2E NLG Challenge in its official CSV (Novikova et al. 2017): meaning representations of restaurants and sentences that say them.</summary>
public static partial class E2e
{
    /// <summary>Pairs of the published training set.</summary>
    public const int PublishedTrainRows = 42_061;

    private const string HowToGet = "download it from https://github.com/tuetschek/e2e-dataset and put it there.";
    private static readonly Dictionary<string, string> Files = new() { ["train"] = "trainset.csv", ["dev"] = "devset.csv", ["test"] = "testset_w_refs.csv" };

    /// <summary>Reads one split: pairs to learn from, or of dev and test every meaning representation once with all of its references.</summary>
    /// <param name="folder">With trainset.csv, devset.csv and testset_w_refs.csv.</param>
    /// <param name="split">train, dev or test.</param>
    /// <exception cref="UsageException">A file is missing, a column is, or a meaning representation is none.</exception>
    public static Dataset Load(string folder, string split)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Files.TryGetValue(split, out var name)) throw new UsageException($"e2e has no split '{split}'.{Nearest.Hint(split, Files.Keys)} Its splits are: {string.Join(", ", Files.Keys)}.");
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' with the {split} split of e2e: {HowToGet}");
        var (columns, rows) = TableFile.Read(path, TableFormat.Csv);
        var (meaning, reference) = (Column(path, columns, "mr"), Column(path, columns, "ref"));
        (string Prompt, string Reference)[] pairs = [.. rows.Select(row => (Prompt(path, row, row.Fields[meaning]!), Sentence(path, row, row.Fields[reference]!)))];
        if (pairs.Length == 0) throw new UsageException($"{path}: there is no row below the header; {HowToGet}");
        Example[] examples = split == "train"
            ? [.. pairs.Select(pair => new PromptExample(pair.Prompt, " " + pair.Reference))]
            : [.. pairs.GroupBy(pair => pair.Prompt).Select(group => new ReferencedPromptExample(group.Key, [.. group.Select(pair => pair.Reference)]))];
        return new Dataset("e2e", split, examples, LabelNames: null, SkippedRows: 0) { Task = TaskKind.LanguageModelling };
    }

    /// <summary><c>name[Blue Spice], area[riverside]</c> as a prompt: <c>name : Blue Spice | area : riverside ||</c>, much as Hu et al. (2022) write it for GPT-2.</summary>
    private static string Prompt(string path, TableRow row, string meaning)
    {
        var slots = Slot().Matches(meaning);
        // Slots and the commas between them are all there is.
        if (slots.Count == 0 || slots.Sum(slot => slot.Length) != meaning.Trim().Length)
            throw new UsageException($"{path}, line {row.Line}: the meaning representation is '{meaning}', expected slots such as name[Blue Spice], area[riverside]; correct the line.");
        return string.Join(" | ", slots.Select(slot => $"{slot.Groups["name"].Value.Trim()} : {slot.Groups["value"].Value.Trim()}")) + " ||";
    }

    private static string Sentence(string path, TableRow row, string text) => string.IsNullOrWhiteSpace(text)
        ? throw new UsageException($"{path}, line {row.Line}: the reference is empty, expected a sentence; correct or remove the line.")
        : string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static int Column(string path, IReadOnlyList<string> columns, string name) => columns.Contains(name)
        ? columns.Index().First(column => column.Item == name).Index
        : throw new UsageException($"{path}: the header has no column '{name}', expected mr,ref; {HowToGet}");

    [GeneratedRegex(@"\G\s*(?<name>[^\[\],]+)\[(?<value>[^\]]+)\]\s*(,|$)")]
    private static partial Regex Slot();
}
