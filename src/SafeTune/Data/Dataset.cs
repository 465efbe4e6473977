using System.Security.Cryptography;

namespace SafeTune.Data;

/// <summary>One split of a task, in the order of its file.</summary>
/// <param name="Name">The task's name, or the file name of a user's table.</param>
/// <param name="Split">Which part of the task: train, dev, …</param>
/// <param name="Examples">The rows.</param>
/// <param name="LabelNames">The classes, by index; null for a regression.</param>
/// <param name="SkippedRows">Rows of the file that are not among the examples: broken ones and those without an agreed label.</param>
public sealed record Dataset(string Name, string Split, IReadOnlyList<Example> Examples, IReadOnlyList<string>? LabelNames, int SkippedRows)
{
    /// <summary>What is to be predicted.</summary>
    public TaskKind Task { get; init; } = LabelNames is null ? TaskKind.Regression : TaskKind.Classification;

    /// <summary>Of two classes the one that <c>f1</c> is of; null = class 1, as GLUE's tasks have it, without a mean over both beside it.</summary>
    public int? PositiveClass { get; init; }

    /// <summary>Whether the labels stood without quotes in JSON: numbers, or true and false.</summary>
    public bool HasUnquotedLabels { get; init; }

    /// <summary>What was decided about the rows and people may want to know, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether labels are scores to predict rather than classes.</summary>
    public bool IsRegression => Task == TaskKind.Regression;

    /// <summary>Outputs a head needs: the classes, 2 (start and end) for question answering, else 1.</summary>
    public int Labels => LabelNames?.Count ?? (Task == TaskKind.QuestionAnswering ? 2 : 1);

    /// <summary>
    /// SHA-256 over the examples' contents in their order, as lower-case hex. Two files with the same rows have the same hash,
    /// whatever they are called and wherever they lie. Computed at every call.
    /// </summary>
    public string Hash
    {
        get
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var example in Examples) example.AppendTo(sha);
            return Convert.ToHexStringLower(sha.GetHashAndReset());
        }
    }

    /// <summary>The rows of those indices, in that order; each is taken from here when it is asked for.</summary>
    /// <param name="rows">Indices of <see cref="Examples"/>.</param>
    public Dataset Pick(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var all = Examples;
        return this with { Examples = new MadeExamples(rows.Count, i => all[rows[i]]) };
    }

    /// <summary>The same examples with the class that <c>f1</c> is of.</summary>
    /// <param name="positive">Its name; null = the second one.</param>
    /// <exception cref="UsageException">There are not two classes, or none of this name.</exception>
    public Dataset WithPositive(string? positive)
    {
        if (LabelNames is not { Count: 2 } names)
            return positive is null ? this : throw new UsageException($"'{Name}' has {(LabelNames is null ? "numbers to predict" : FormattableString.Invariant($"{Labels} classes"))}, and a positive label is one of two classes; leave it out.");
        var index = positive is null ? 1 : names.ToList().IndexOf(positive);
        return index >= 0 ? this with { PositiveClass = index } : throw new UsageException($"'{Name}' has no class '{positive}'; its classes are {string.Join(" and ", names)}.{Nearest.Hint(positive!, names)}");
    }

    /// <summary>The same examples, their classes numbered as a model numbers them.</summary>
    /// <param name="names">The model's classes by index. Where they only count, LABEL_0 and so on, the classes are the model's in their order.</param>
    /// <exception cref="UsageException">A class is none of the model's.</exception>
    public Dataset WithLabels(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (LabelNames is null || LabelNames.SequenceEqual(names) || (ClassNames.AreNumbered(names) && names.Count == Labels)) return this;
        double[] index = [.. LabelNames.Select(name => (double)names.ToList().IndexOf(name))];
        if (LabelNames.FirstOrDefault(name => !names.Contains(name)) is { } other)
            throw new UsageException($"'{Name}' has the class '{other}', which is none of the model's: {string.Join(", ", names)}; name the data that it was trained for.");
        var all = Examples;
        // What f1 is of keeps its name, too.
        return this with { LabelNames = names, PositiveClass = Labels == 2 ? (int)index[PositiveClass ?? 1] : null, Examples = new MadeExamples(all.Count, i => all[i] with { Label = double.IsNaN(all[i].Label) ? double.NaN : index[(int)all[i].Label] }) };
    }

    /// <summary>
    /// Cuts off a part for validation. The same rows, fraction and seed give the same parts on every machine; classes keep their shares
    /// (each within one row), and both parts keep the order of the file. A class of one row stays in the training part, which the notes say.
    /// </summary>
    /// <param name="fraction">The validation part's share of the rows, above 0 and below 1.</param>
    /// <param name="seed">Chooses the rows.</param>
    /// <exception cref="UsageException">The fraction is outside (0, 1), or one of the parts would be empty.</exception>
    public (Dataset Train, Dataset Validation) SplitOff(double fraction, int seed) => StratifiedSplit.Of(this, fraction, seed);
}
