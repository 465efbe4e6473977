using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SafeTune.Data;

/// <summary>One labelled text or pair of texts.</summary>
/// <param name="Text">The (first) text, as it stands in the file.</param>
/// <param name="Pair">The second text of a pair task, else null.</param>
/// <param name="Label">The index of the class, or the score of a regression; NaN when the row has no label.</param>
public sealed record Example(string Text, string? Pair, double Label);

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

    /// <summary>Outputs a head needs: the classes, or 1 for a regression.</summary>
    public int Labels => LabelNames?.Count ?? 1;

    /// <summary>
    /// SHA-256 over texts, pairs and labels in their order, as lower-case hex. Two files with the same rows have the same hash,
    /// whatever they are called and wherever they lie. Computed at every call.
    /// </summary>
    public string Hash
    {
        get
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (text, pair, label) in Examples)
            {
                Append(sha, text);
                Append(sha, pair);
                AppendNumber(sha, BitConverter.DoubleToInt64Bits(double.IsNaN(label) ? double.NaN : label));
            }

            return Convert.ToHexStringLower(sha.GetHashAndReset());
        }
    }

    /// <summary>
    /// Cuts off a part for validation. The same rows, fraction and seed give the same parts on every machine; classes keep their shares
    /// (each within one row), and both parts keep the order of the file.
    /// </summary>
    /// <param name="fraction">The validation part's share of the rows, above 0 and below 1.</param>
    /// <param name="seed">Chooses the rows.</param>
    /// <exception cref="UsageException">The fraction is outside (0, 1), or one of the parts would be empty.</exception>
    public (Dataset Train, Dataset Validation) SplitOff(double fraction, int seed) => StratifiedSplit.Of(this, fraction, seed);

    private static void Append(IncrementalHash sha, string? text)
    {
        if (text is null)
        {
            AppendNumber(sha, -1);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        AppendNumber(sha, bytes.Length);
        sha.AppendData(bytes);
    }

    private static void AppendNumber(IncrementalHash sha, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        sha.AppendData(bytes);
    }
}
