namespace SafeTune.Data;

/// <summary>The names of a model's classes.</summary>
public static class ClassNames
{
    /// <summary>Whether names only count, as transformers names classes for lack of others: LABEL_0, LABEL_1 and so on.</summary>
    public static bool AreNumbered(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Index().All(name => name.Item == FormattableString.Invariant($"LABEL_{name.Index}"));
    }
}
