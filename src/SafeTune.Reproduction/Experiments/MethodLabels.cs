namespace SafeTune.Reproduction.Experiments;

/// <summary>The labels of a table's rows as people type them.</summary>
public static class MethodLabels
{
    /// <summary>A label as a person types it: whole, or its last part (<c>safe</c> for <c>lora+safe</c>).</summary>
    /// <returns>The whole label among <paramref name="rows"/>, or null when none or more than one fits.</returns>
    public static string? Find(string typed, IReadOnlyList<string> rows) => All(typed, rows) is [var only] ? only : null;

    /// <summary>Every label that a person may mean: the one of that name, else those that end in it (<c>safe</c> for <c>lora+safe</c> and <c>bitfit+safe</c>).</summary>
    public static IReadOnlyList<string> All(string typed, IReadOnlyList<string> rows) =>
        rows.Contains(typed) ? [typed] : [.. rows.Where(row => row.EndsWith("+" + typed, StringComparison.Ordinal))];

    /// <summary>Words a selection may use for the rows: whole labels and last parts.</summary>
    public static IReadOnlyList<string> Words(IReadOnlyList<string> rows) =>
        [.. rows.Concat(rows.Select(row => row[(row.LastIndexOf('+') + 1)..])).Distinct()];
}
