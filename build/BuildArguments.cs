using SafeTune;
using SafeTune.Reproduction;

namespace Build;

/// <summary>An argument of the build: how it is written and what it says.</summary>
/// <param name="Name">Without the leading dashes.</param>
/// <param name="Value">What stands after the equals sign; null for a switch.</param>
/// <param name="Description">One line for the list of targets.</param>
public sealed record BuildArgument(string Name, string? Value, string Description)
{
    /// <summary>As it is typed.</summary>
    public string Written => Value is null ? $"--{Name}" : $"--{Name}={Value}";
}

/// <summary>The build's own arguments: what there is, and the check of what was given.</summary>
public static class BuildArguments
{
    /// <summary>Every argument there is, in the order they are listed.</summary>
    public static IReadOnlyList<BuildArgument> All { get; } =
    [
        new("scale", "NAME", "smoke (default), mini, resources or paper, as far as the experiment file has it"),
        new("hub", "DIR", "folder with models and datasets (default: SAFETUNE_HUB, else the Hugging Face cache)"),
        new("rows", "A,B", "methods, whole (lora+safe) or by their last part (safe); default: all that can be run"),
        new("columns", "A,B", "tasks; default: all of the scale"),
        new("seeds", "1,2", "random seeds; default: the experiment's"),
        new("models", "A,B", "models to pre-train, for Pretrain alone; default: all of its file"),
        new("epochs", "N", "another number of epochs; the results go to a folder of their own"),
        new("max-train", "N", "only the first N training rows; the results go to a folder of their own"),
        new("threads", "N", "threads of a cell; default: the scale's, else all processors"),
        new("jobs", "N", "cells side by side; default: as many as the processors allow, one on a GPU"),
        new("force", null, "run finished cells again"),
        new("list", null, "show the cells with their settings and what is missing here; run nothing"),
        new("shard", "1/4", "only this part of the cells"),
        new("merge", "DIR,DIR", "run nothing: unite the results in these folders; those that differ are refused"),
        new("shards", "N", "parts of a table that Matrix prints (default: 1)"),
        new("strict-claims", null, "exit code 1 when a claim does not hold"),
        new("accept", null, "Verify: the results become the verified ones, once the difference has been shown"),
        new("baseline", "DIR|REF", "Regression: what to compare with, a folder of results or a git reference"),
        new("candidate", "DIR", "Regression: what to compare (default: results/<scale>)"),
        new("output", "FILE", "Regression: where the comment goes (default: artifacts/regression-<scale>.md)"),
    ];

    private static IReadOnlyList<string> OfCake { get; } = ["target", "dryrun", "tree", "description", "exclusive", "verbosity", "working"];

    /// <summary>What was given as a selection of cells.</summary>
    /// <param name="given">Names without dashes, each with its values.</param>
    /// <exception cref="UsageException">An unknown name, an argument given twice, a value that does not fit.</exception>
    public static Selection Select(IEnumerable<KeyValuePair<string, ICollection<string>>> given) =>
        Selection.Parse(given.Select(argument => KeyValuePair.Create(Known(argument.Key), Single(argument.Key, argument.Value))));

    private static string Known(string name)
    {
        if (All.FirstOrDefault(argument => string.Equals(argument.Name, name, StringComparison.OrdinalIgnoreCase)) is { } found)
            return found.Name;
        throw new UsageException(
            $"Unknown argument --{name}.{Nearest.Hint(name, All.Select(argument => argument.Name).Concat(OfCake))} --target=Default lists the arguments.");
    }

    private static string? Single(string name, ICollection<string> values) => values.Count <= 1
        ? values.FirstOrDefault()
        : throw new UsageException($"--{name} is given {values.Count} times; give it once, several values separated by commas.");
}
