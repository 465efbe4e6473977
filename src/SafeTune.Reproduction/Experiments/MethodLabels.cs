using SafeTune.Training;

namespace SafeTune.Reproduction.Experiments;

/// <summary>The paper's method labels, and which of them this version can run.</summary>
public static class MethodLabels
{
    /// <summary>Every label of the paper's tables, in their order.</summary>
    public static IReadOnlyList<string> Paper { get; } =
    [
        "lora", "lora+zhang", "lora+adapterdrop", "lora+sparseadapter", "lora+loraprune", "lora+meft", "lora+safe",
        "full", "bitfit", "bitfit+safe", "houlsby", "houlsby+safe", "pfeiffer", "pfeiffer+safe", "adalora", "adalora+safe",
    ];

    /// <summary>Every label that a table may have: the paper's, and rivals that it does not compare with.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Paper, "lora+slimfit"];

    public static bool Exists(string label) => Methods.Known.Contains(label);

    /// <summary>A label as a person types it: whole, or its last part (<c>safe</c> for <c>lora+safe</c>).</summary>
    /// <returns>The whole label among <paramref name="rows"/>, or null when none or more than one fits.</returns>
    public static string? Find(string typed, IReadOnlyList<string> rows)
    {
        if (rows.Contains(typed))
            return typed;
        string[] fitting = [.. rows.Where(row => row.Contains('+', StringComparison.Ordinal) && row[(row.LastIndexOf('+') + 1)..] == typed)];
        return fitting.Length == 1 ? fitting[0] : null;
    }

    /// <summary>Words a selection may use for the rows: whole labels and last parts.</summary>
    public static IReadOnlyList<string> Words(IReadOnlyList<string> rows) =>
        [.. rows.Concat(rows.Select(row => row[(row.LastIndexOf('+') + 1)..])).Distinct()];
}
