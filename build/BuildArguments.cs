using System.Globalization;
using SafeTune;

namespace Build;

/// <summary>An argument of the build: how it is written and what it says.</summary>
/// <param name="Name">Without the leading dashes.</param>
/// <param name="Value">What stands after the equals sign; null for a switch.</param>
/// <param name="Description">One sentence for the list of targets.</param>
public sealed record BuildArgument(string Name, string? Value, string Description);

/// <summary>The build's own arguments, checked: every name known, every value of its kind.</summary>
public sealed class BuildArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks what came from the command line.</summary>
    /// <param name="given">Names without dashes, each with its values; Cake's own (target, …) are left out.</param>
    /// <exception cref="UsageException">An unknown name, a missing or repeated value, a number that is none.</exception>
    public BuildArguments(IEnumerable<KeyValuePair<string, ICollection<string>>> given)
    {
        ArgumentNullException.ThrowIfNull(given);
        foreach (var (name, values) in given)
        {
            var argument = Find(name);
            var texts = values.Where(value => !string.IsNullOrEmpty(value)).ToArray();
            _values[argument.Name] = (argument.Value, texts) switch
            {
                (null, []) => "true",
                (null, ["true" or "false"]) => texts[0],
                (null, _) => throw new UsageException($"--{argument.Name} is a switch: it takes no value, found '{texts[0]}'."),
                (_, [var text]) => text,
                (_, []) => throw new UsageException($"--{argument.Name} needs a value: --{argument.Name}={argument.Value}."),
                _ => throw new UsageException($"--{argument.Name} is given {texts.Length} times; give it once, several values separated by commas."),
            };
        }

        Seeds = [.. List("seeds").Select(seed => Number("seeds", seed))];
        Epochs = _values.TryGetValue("epochs", out var epochs) ? Positive("epochs", epochs) : null;
        MaxTrain = _values.TryGetValue("max-train", out var maxTrain) ? Positive("max-train", maxTrain) : null;
        Threads = _values.TryGetValue("threads", out var threads) ? Positive("threads", threads) : null;
    }

    /// <summary>Every argument there is, in the order they are listed.</summary>
    public static IReadOnlyList<BuildArgument> All { get; } =
    [
        new("scale", "NAME", "what to run on: a scale of the experiment file, e.g. mini"),
        new("hub", "DIR", "folder with models and datasets; else SAFETUNE_HUB"),
        new("rows", "A,B", "methods to run, whole (lora+safe) or by their last part (safe); default: all there are"),
        new("columns", "A,B", "columns (tasks) to run; default: all of the scale"),
        new("seeds", "1,2", "random seeds; default: the experiment's"),
        new("epochs", "N", "epochs instead of the experiment's"),
        new("max-train", "N", "at most N training examples"),
        new("threads", "N", "threads of Torch; default: its own choice"),
        new("force", null, "run cells again that are finished"),
        new("strict-claims", null, "exit code 1 when a claim does not hold"),
    ];

    /// <summary>A scale of the experiment file; null = not given.</summary>
    public string? Scale => _values.GetValueOrDefault("scale");

    /// <summary>The hub folder; null = not given.</summary>
    public string? Hub => _values.GetValueOrDefault("hub");

    /// <summary>Methods to run; empty = all.</summary>
    public IReadOnlyList<string> Rows => List("rows");

    /// <summary>Columns to run; empty = all.</summary>
    public IReadOnlyList<string> Columns => List("columns");

    /// <summary>Seeds; empty = the experiment's.</summary>
    public IReadOnlyList<int> Seeds { get; }

    /// <summary>Epochs instead of the experiment's.</summary>
    public int? Epochs { get; }

    /// <summary>At most so many training examples.</summary>
    public int? MaxTrain { get; }

    /// <summary>Torch's threads.</summary>
    public int? Threads { get; }

    /// <summary>Run finished cells again.</summary>
    public bool Force => _values.GetValueOrDefault("force") == "true";

    /// <summary>A claim that does not hold makes the exit code 1.</summary>
    public bool StrictClaims => _values.GetValueOrDefault("strict-claims") == "true";

    private static BuildArgument Find(string name)
    {
        foreach (var argument in All)
        {
            if (string.Equals(argument.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return argument;
            }
        }

        string[] known = [.. All.Select(argument => argument.Name), "target", "dryrun", "tree", "description", "exclusive", "verbosity"];
        throw new UsageException($"unknown argument --{name}.{Nearest.Hint(name, known)} --target=Default lists the arguments.");
    }

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new UsageException($"--{name}: expected a whole number, found '{text}'.");

    private static int Positive(string name, string text) =>
        Number(name, text) is > 0 and var number ? number : throw new UsageException($"--{name}: expected a number above 0, found '{text}'.");

    private string[] List(string name) =>
        _values.GetValueOrDefault(name)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
