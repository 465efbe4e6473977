namespace SafeTune.Data;

/// <summary>Every dataset that has a name.</summary>
public static class DataSources
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataSource> All { get; } =
    [
        .. Glue.Tasks.Select(task => new GlueSource(task)),
        new SquadSource(), new E2eSource(), new WikiTextSource(), new InstructionSource(), new CorpusSource(),
        .. ImageSource.All,
    ];

    /// <summary>The dataset of that name.</summary>
    /// <exception cref="UsageException">There is none; names the nearest.</exception>
    public static DataSource Find(string name) => All.FirstOrDefault(source => source.Name == name)
        ?? throw new UsageException($"There is no dataset '{name}'.{Nearest.Hint(name, All.Select(source => source.Name))} Datasets are {string.Join(", ", All.Select(source => source.Name))}.");

    private sealed record GlueSource(GlueTask Task) : DataSource(Task.Name, Task.EvaluationSplits, Measures(Task), Task.PublishedTrainRows)
    {
        public override IReadOnlyList<string> Splits => Task.Splits;

        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Glue.Load(ArchivedFolder.Find(Path.Combine(folder, "glue")), Task, split, skipBrokenRows);

        private static string[] Measures(GlueTask task) => task.LabelNames switch
        {
            null => ["pearson", "spearman"],
            { Count: 2 } => ["accuracy", "f1", "matthews"],
            _ => ["accuracy", "matthews"],
        };
    }

    private sealed record SquadSource() : DataSource("squad", ["dev"], ["f1", "exact_match"], Squad.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Squad.Load(Path.Combine(ArchivedFolder.Find(Path.Combine(folder, "squad")), $"{split}-v1.1.json"));
    }

    private sealed record E2eSource() : DataSource("e2e", ["dev", "test"], ["bleu", "nist", "meteor", "rouge_l", "cider"], E2e.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => E2e.Load(ArchivedFolder.Find(Path.Combine(folder, "e2e"), "e2e-dataset.zip"), split);
    }

    /// <summary>Instructions to learn, and WikiText-2 to measure what that does to a language model (the paper's appendix C.3).</summary>
    private sealed record InstructionSource() : DataSource("lamini", ["test"], ["perplexity", "word_perplexity"], Instructions.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) =>
            split == "train" ? Instructions.Load(Parts(folder)) with { Name = Name } : Find("wikitext2").Load(folder, split);

        // LaMini's own files, else a smaller one of the same kind.
        private static IReadOnlyList<string> Parts(string folder)
        {
            var own = Path.Combine(folder, "lamini");
            if (ParquetFile.OfSplit(own, "train") is { Count: > 0 } parts) return parts;
            string[] all = [.. Files(own, "*.json*"), .. Files(Path.Combine(folder, "instruction"), "alpaca*.json")];
            return all is [var first, ..] ? [first] : throw new MissingDataException($"There is no file of instructions in '{Path.GetFullPath(own)}': put LaMini-instruction there as parquet, JSON or JSON Lines.");
        }

        private static IEnumerable<string> Files(string folder, string pattern) =>
            Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).OrderByDescending(path => new FileInfo(path).Length).ThenBy(path => path, StringComparer.Ordinal) : [];
    }

    /// <summary>What language models are pre-trained on.</summary>
    private sealed record CorpusSource() : DataSource("corpus", ["valid"], ["perplexity", "loss"], 0)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Corpus.Load(Path.Combine(folder, "corpus", $"{split}.txt"));
    }

    private sealed record WikiTextSource() : DataSource("wikitext2", ["test", "valid"], ["perplexity", "word_perplexity"], WikiText.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => WikiText.Load(Path.Combine(ArchivedFolder.Find(Path.Combine(folder, "wikitext-2-raw"), "wikitext-2-raw-v1.zip"), $"wiki.{split}.raw"));
    }
}
