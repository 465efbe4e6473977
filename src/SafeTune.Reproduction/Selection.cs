using System.Globalization;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction;

/// <summary>What a person asked for on the command line: which cells of a table, and how to run them.</summary>
public sealed record Selection
{
    /// <summary>Method labels, whole or their last part (<c>lora,safe</c>); null = every row.</summary>
    public IReadOnlyList<string>? Rows { get; init; }
    /// <summary>Tasks; null = all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }
    /// <summary>Null = the experiment's.</summary>
    public IReadOnlyList<int>? Seeds { get; init; }
    /// <summary>The models to pre-train; null = all. Tables have theirs from their file.</summary>
    public IReadOnlyList<string>? Models { get; init; }
    /// <summary>Another number of epochs: results go to <c>results/&lt;scale&gt;-custom/</c>.</summary>
    public int? Epochs { get; init; }
    /// <summary>Only the first so many training rows: results go to <c>results/&lt;scale&gt;-custom/</c>.</summary>
    public int? MaxTrain { get; init; }
    /// <summary>Run finished cells again.</summary>
    public bool Force { get; init; }
    public string Scale { get; init; } = "smoke";
    public string? Hub { get; init; }
    /// <summary>Threads of one cell; null = the experiment's, else all processors.</summary>
    public int? Threads { get; init; }
    /// <summary>Cells side by side; null = as many as the processors allow where the experiment names a cell's threads, else one.</summary>
    public int? Jobs { get; init; }
    /// <summary>Only this part of the cells.</summary>
    public Shard? Shard { get; init; }
    /// <summary>Runs nothing: unites the results in these folders.</summary>
    public IReadOnlyList<string>? Merge { get; init; }
    /// <summary>Runs nothing: shows the cells.</summary>
    public bool List { get; init; }
    /// <summary>Into how many parts <c>Matrix</c> cuts a table.</summary>
    public int Shards { get; init; } = 1;
    /// <summary>Trains from the random weights that pre-training began with, to see what that was worth.</summary>
    public bool FromRandomWeights { get; init; }
    /// <summary>A claim that does not hold makes the exit code 1.</summary>
    public bool StrictClaims { get; init; }
    /// <summary>Whether the scale was named, or is the default.</summary>
    public bool NamesScale { get; init; }
    /// <summary>Whether <c>Verify</c> accepts the results.</summary>
    public bool Accept { get; init; }
    /// <summary>A folder or git reference that <c>Regression</c> compares with.</summary>
    public string? Baseline { get; init; }
    /// <summary>The folder that <c>Regression</c> compares; null = results/&lt;scale&gt;.</summary>
    public string? Candidate { get; init; }
    /// <summary>The file that <c>Regression</c> writes; null = artifacts/regression-&lt;scale&gt;.md.</summary>
    public string? Output { get; init; }

    public bool IsCustom => Epochs is not null || MaxTrain is not null;

    /// <summary>The options that <see cref="Parse"/> understands, without dashes.</summary>
    public static IReadOnlyList<string> Options { get; } =
    [
        "rows", "columns", "seeds", "models", "epochs", "max-train", "force", "scale", "hub", "threads", "jobs", "shard", "shards", "merge", "list",
        "strict-claims", "accept", "baseline", "candidate", "output",
    ];

    /// <summary>Reads options as a build script or a tool hands them over: names without dashes, a flag's value empty or true or false.</summary>
    /// <exception cref="UsageException">An unknown option (the nearest is named), or a value that does not fit.</exception>
    public static Selection Parse(IEnumerable<KeyValuePair<string, string?>> arguments)
    {
        var selection = new Selection();
        foreach (var (name, value) in arguments)
        {
            selection = name switch
            {
                "rows" => selection with { Rows = Words(name, value) },
                "columns" => selection with { Columns = Words(name, value) },
                "seeds" => selection with { Seeds = [.. Words(name, value).Select(seed => Number(name, seed, 0)).Distinct()] },
                "models" => selection with { Models = Words(name, value) },
                "epochs" => selection with { Epochs = Number(name, value, 1) },
                "max-train" => selection with { MaxTrain = Number(name, value, 1) },
                "force" => selection with { Force = Flag(name, value) },
                "scale" => selection with { Scale = Word(name, value), NamesScale = true },
                "hub" => selection with { Hub = Word(name, value) },
                "threads" => selection with { Threads = Number(name, value, 1) },
                "jobs" => selection with { Jobs = Number(name, value, 1) },
                "shard" => selection with { Shard = Shard.Parse(Word(name, value)) },
                "shards" => selection with { Shards = Number(name, value, 1) },
                "merge" => selection with { Merge = Words(name, value) },
                "list" => selection with { List = Flag(name, value) },
                "strict-claims" => selection with { StrictClaims = Flag(name, value) },
                "accept" => selection with { Accept = Flag(name, value) },
                "baseline" => selection with { Baseline = Word(name, value) },
                "candidate" => selection with { Candidate = Word(name, value) },
                "output" => selection with { Output = Word(name, value) },
                _ => throw new UsageException($"Unknown option --{name}.{Nearest.Hint(name, Options)} Options are --{string.Join(", --", Options)}."),
            };
        }
        return selection;
    }

    /// <summary>The rows to run: those asked for, or all.</summary>
    /// <exception cref="UsageException">A label that is not in the table.</exception>
    internal IReadOnlyList<string> ChooseRows(Experiment experiment)
    {
        if (Rows is null)
            return experiment.Rows;
        var asked = new HashSet<string>();
        foreach (string typed in Rows)
        {
            IReadOnlyList<string> meant = MethodLabels.All(typed, experiment.Rows);
            if (meant.Count == 0)
                throw new UsageException($"{experiment.Table} has no row '{typed}'.{Nearest.Hint(typed, MethodLabels.Words(experiment.Rows))} Its rows are {string.Join(", ", experiment.Rows)}.");
            asked.UnionWith(meant);
        }
        return [.. experiment.Rows.Where(asked.Contains)];
    }

    /// <exception cref="UsageException">A task that is not in the table.</exception>
    internal IReadOnlyList<Column> ChooseColumns(Experiment experiment)
    {
        if (Columns is null)
            return experiment.Columns;
        string[] tasks = [.. experiment.Columns.Select(column => column.Task)];
        foreach (string typed in Columns)
        {
            if (!tasks.Contains(typed))
                throw new UsageException($"{experiment.Table} has no column '{typed}'.{Nearest.Hint(typed, tasks)} Its columns are {string.Join(", ", tasks)}.");
        }
        return [.. experiment.Columns.Where(column => Columns.Contains(column.Task))];
    }

    private static string[] Words(string name, string? value)
    {
        string[] words = (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length > 0 ? words : throw new UsageException($"--{name} is empty; expected a list such as --{name}={(name == "seeds" ? "1,2,3" : "a,b")}.");
    }

    private static string Word(string name, string? value) =>
        string.IsNullOrWhiteSpace(value) ? throw new UsageException($"--{name} is empty; expected --{name}=VALUE.") : value;

    private static int Number(string name, string? value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number
            : throw new UsageException($"--{name} should be a whole number of at least {least}, found '{value}'.");

    private static bool Flag(string name, string? value) => value switch
    {
        null or "" or "true" or "True" => true,
        "false" or "False" => false,
        _ => throw new UsageException($"--{name} is a flag: expected --{name} or --{name}=false, found '{value}'."),
    };
}
