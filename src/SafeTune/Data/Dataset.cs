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

    /// <summary>
    /// Cuts off a part for validation. The same rows, fraction and seed give the same parts on every machine; classes keep their shares
    /// (each within one row), and both parts keep the order of the file.
    /// </summary>
    /// <param name="fraction">The validation part's share of the rows, above 0 and below 1.</param>
    /// <param name="seed">Chooses the rows.</param>
    /// <exception cref="UsageException">The fraction is outside (0, 1), or one of the parts would be empty.</exception>
    public (Dataset Train, Dataset Validation) SplitOff(double fraction, int seed) => StratifiedSplit.Of(this, fraction, seed);
}
