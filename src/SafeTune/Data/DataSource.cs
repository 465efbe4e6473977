namespace SafeTune.Data;

/// <summary>A dataset by name, in its official layout below a folder of datasets.</summary>
/// <param name="Name">As in the paper's tables, e.g. <c>mrpc</c> or <c>squad</c>.</param>
/// <param name="EvaluationSplits">The splits that results are quoted on.</param>
/// <param name="Metrics">What is measured on it; the paper's first.</param>
/// <param name="PublishedTrainRows">Rows of the official training set, for "rows used of rows published".</param>
public abstract record DataSource(string Name, IReadOnlyList<string> EvaluationSplits, IReadOnlyList<string> Metrics, int PublishedTrainRows)
{
    /// <summary>All splits.</summary>
    public virtual IReadOnlyList<string> Splits => ["train", .. EvaluationSplits];

    /// <summary>Reads one split.</summary>
    /// <param name="folder">The folder of all datasets.</param>
    /// <param name="split">One of <see cref="Splits"/>.</param>
    /// <param name="skipBrokenRows">Leaves out broken rows where the format can tell them, instead of failing, and counts them.</param>
    /// <exception cref="UsageException">A file is missing or broken: says which and what to do.</exception>
    public abstract Dataset Load(string folder, string split, bool skipBrokenRows = false);
}

/// <summary>Every dataset that has a name.</summary>
public static class DataSources
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<DataSource> All { get; } =
    [
        .. Glue.Tasks.Select(task => new GlueSource(task)),
        new SquadSource(), new E2eSource(), new WikiTextSource(), new InstructionSource(), new CifarSource(), new TinyImageNetSource(),
        new ImageSource("cifar100", 50_000, (folder, split) => CifarBinary.Load100(Path.Combine(folder, "cifar-100-binary"), split)),
        new ImageSource("mnist", 60_000, (folder, split) => Idx.Load(Path.Combine(folder, "mnist"), "mnist", split, Idx.MnistLabels)),
        new ImageSource("fashion_mnist", 60_000, (folder, split) => Idx.Load(Path.Combine(folder, "fashion-mnist"), "fashion_mnist", split, Idx.FashionLabels)),
    ];

    /// <summary>The dataset of that name.</summary>
    /// <exception cref="UsageException">There is none; names the nearest.</exception>
    public static DataSource Find(string name) => All.FirstOrDefault(source => source.Name == name)
        ?? throw new UsageException($"There is no dataset '{name}'.{Nearest.Hint(name, All.Select(source => source.Name))} Datasets are {string.Join(", ", All.Select(source => source.Name))}.");

    private sealed record GlueSource(GlueTask Task) : DataSource(Task.Name, Task.EvaluationSplits, Measures(Task), Task.PublishedTrainRows)
    {
        public override IReadOnlyList<string> Splits => Task.Splits;

        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Glue.Load(Path.Combine(folder, "glue"), Task, split, skipBrokenRows);

        private static string[] Measures(GlueTask task) => task.LabelNames switch
        {
            null => ["pearson", "spearman"],
            { Count: 2 } => ["accuracy", "f1", "matthews"],
            _ => ["accuracy", "matthews"],
        };
    }

    private sealed record SquadSource() : DataSource("squad", ["dev"], ["f1", "exact_match"], Squad.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Squad.Load(Path.Combine(folder, "squad", $"{split}-v1.1.json"));
    }

    private sealed record E2eSource() : DataSource("e2e", ["dev", "test"], ["bleu", "nist", "meteor", "rouge_l", "cider"], E2e.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => E2e.Load(Path.Combine(folder, "e2e"), split);
    }

    /// <summary>Instructions to learn, and WikiText-2 to measure what that does to a language model (the paper's appendix C.3).</summary>
    private sealed record InstructionSource() : DataSource("lamini", ["test"], ["perplexity", "word_perplexity"], Instructions.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) =>
            split == "train" ? Instructions.Load(File(folder)) with { Name = Name } : Find("wikitext2").Load(folder, split);

        // LaMini's own file, else a smaller one of the same kind.
        private static string File(string folder)
        {
            string[] all = [.. Files(Path.Combine(folder, "lamini"), "*.json*"), .. Files(Path.Combine(folder, "instruction"), "alpaca*.json")];
            return all.FirstOrDefault() ?? throw new MissingDataException($"There is no file of instructions in '{Path.Combine(Path.GetFullPath(folder), "lamini")}': put LaMini-instruction there as JSON or JSON Lines.");
        }

        private static IEnumerable<string> Files(string folder, string pattern) =>
            Directory.Exists(folder) ? Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).OrderByDescending(path => new FileInfo(path).Length).ThenBy(path => path, StringComparer.Ordinal) : [];
    }

    /// <summary>Images with one class each.</summary>
    private sealed record ImageSource(string Name, int PublishedTrainRows, Func<string, string, Dataset> Read) : DataSource(Name, ["test"], ["accuracy", "matthews"], PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => Read(folder, split);
    }

    /// <summary>The official binary files, else one folder a class.</summary>
    private sealed record CifarSource() : DataSource("cifar10", ["test"], ["accuracy", "matthews"], 50_000)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows)
        {
            var binary = Path.Combine(folder, "cifar-10-batches-bin");
            return Directory.Exists(binary) ? CifarBinary.Load10(binary, split) : ImageFolder.Load(Path.Combine(folder, "cifar10", split)) with { Name = Name, Split = split };
        }
    }

    private sealed record TinyImageNetSource() : DataSource("tiny_imagenet", ["val"], ["accuracy", "matthews"], 100_000)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => TinyImageNet.Load(Path.Combine(folder, "tiny-imagenet-200"), split);
    }

    private sealed record WikiTextSource() : DataSource("wikitext2", ["test", "valid"], ["perplexity", "word_perplexity"], WikiText.PublishedTrainRows)
    {
        public override Dataset Load(string folder, string split, bool skipBrokenRows) => WikiText.Load(Path.Combine(folder, "wikitext-2-raw", $"wiki.{split}.raw"));
    }
}
