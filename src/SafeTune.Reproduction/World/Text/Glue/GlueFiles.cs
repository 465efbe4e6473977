namespace SafeTune.Reproduction.World.Text.Glue;

/// <summary>GLUE's eight tasks, written in the columns of their official files.</summary>
internal static class GlueFiles
{
    private const string Cut = "\t";

    // Folder, splits with their rows, and seed of the first.
    private static readonly (string Task, (string Split, int Rows)[] Splits)[] Plan =
    [
        ("CoLA", [("train", 1000), ("dev", 400)]),
        ("SST-2", [("train", 1000), ("dev", 400)]),
        ("MNLI", [("train", 1200), ("dev_matched", 450), ("dev_mismatched", 450)]),
        ("RTE", [("train", 1000), ("dev", 400)]),
        ("QQP", [("train", 1000), ("dev", 400)]),
        ("MRPC", [("train", 1000), ("dev", 400)]),
        ("QNLI", [("train", 1000), ("dev", 400)]),
        ("STS-B", [("train", 1000), ("dev", 400)]),
    ];

    /// <summary>Writes all tasks below a folder.</summary>
    /// <returns>The texts of all rows, and others that the pre-training text must not have either.</returns>
    public static HashSet<string> Write(string folder)
    {
        HashSet<string> taken = [];
        foreach ((int place, (string task, (string Split, int Rows)[] splits)) in Plan.Index())
        {
            Chance chance = new(1000 + (ulong)place);
            Tasks tasks = new(chance);
            foreach ((string split, int rows) in splits)
                WriteFile(Path.Combine(folder, task, split + ".tsv"), task, split, Draw(() => tasks.Group(task, mismatched: split == "dev_mismatched"), rows, chance, taken));
        }
        KeepFromCorpus(taken);
        return taken;
    }

    // In the order of the file; none of the texts is taken, and all are afterwards.
    private static GlueRow[] Draw(Func<GlueRow[]> next, int rows, Chance chance, HashSet<string> taken)
    {
        List<GlueRow> drawn = [];
        while (drawn.Count < rows)
        {
            GlueRow[] group = next();
            // A group is kept whole or not at all, so that labels stay balanced.
            if (group.Length == 0 || group.Length > rows - drawn.Count || group.Any(row => taken.Contains(row.Texts)) || group.DistinctBy(row => row.Texts).Count() < group.Length) continue;
            foreach (GlueRow row in group) taken.Add(row.Texts);
            drawn.AddRange(group);
        }
        return chance.Shuffled(drawn);
    }

    // The committed models were pre-trained on a corpus without these sentences, and with them it would be another.
    private static void KeepFromCorpus(HashSet<string> taken)
    {
        Chance chance = new(1001);
        Reviews reviews = new(chance);
        foreach (int rows in new[] { 1000, 400 })
            Draw(() => [new(reviews.Told(isGood: true), null, "1"), new(reviews.Told(isGood: false), null, "0")], rows, chance, taken);
    }

    private static void WriteFile(string path, string task, string split, GlueRow[] rows)
    {
        IEnumerable<string> lines = rows.Select((row, i) => Line(task, row, i, split));
        AtomicFile.WriteAllText(path, string.Concat([.. Header(task, split) is { } header ? [header + "\n"] : Array.Empty<string>(), .. lines.Select(line => line + "\n")]));
    }

    // CoLA's files have none; MRPC's begin with a byte order mark.
    private static string? Header(string task, string split) => task switch
    {
        "CoLA" => null,
        "SST-2" => "sentence\tlabel",
        "MNLI" => "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\t"
            + (split == "train" ? "label1\tgold_label" : "label1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label"),
        "RTE" => "index\tsentence1\tsentence2\tlabel",
        "QQP" => "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate",
        "MRPC" => "\uFEFFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String",
        "QNLI" => "index\tquestion\tsentence\tlabel",
        _ => "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore",
    };

    private static string Line(string task, GlueRow row, int index, string split)
    {
        string number = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string[] fields = task switch
        {
            "CoLA" => ["wt01", row.Label, row.Label == "1" ? "" : "*", row.First],
            "SST-2" => [row.First, row.Label],
            "MNLI" =>
            [
                number, number, number + row.Label[0], split == "dev_mismatched" ? "talk" : "story", "( )", "( )", "(ROOT)", "(ROOT)", row.First, row.Second!,
                .. Enumerable.Repeat(row.Label, split == "train" ? 2 : 6),
            ],
            "QQP" => [number, $"{number}1", $"{number}2", row.First, row.Second!, row.Label],
            "MRPC" => [row.Label, $"{number}1", $"{number}2", row.First, row.Second!],
            "STS-B" => [number, "main-world", "world", "2024", number, "none", "none", row.First, row.Second!, row.Label],
            _ => [number, row.First, row.Second!, row.Label],
        };
        return string.Join(Cut, fields);
    }
}
