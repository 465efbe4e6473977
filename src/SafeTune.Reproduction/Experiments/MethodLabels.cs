namespace SafeTune.Reproduction.Experiments;

/// <summary>The labels of a table's rows as people type them.</summary>
public static class MethodLabels
{
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
