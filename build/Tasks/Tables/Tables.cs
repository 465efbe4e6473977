using Build.Tasks;

namespace Build;

/// <summary>The tables and figures there are: names of targets, and of files in experiments/ when written in lower case.</summary>
public static class Tables
{
    /// <summary>Targets, in the paper's order, tables first.</summary>
    public static IReadOnlyList<string> Targets { get; } =
    [
        .. typeof(TableTask).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(TableTask))).Select(type => type.Name)
            .OrderByDescending(name => name.StartsWith("Table", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.Ordinal),
    ];

    /// <summary>Their experiment files, without folder and ending.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Targets.Select(name => name.ToLowerInvariant())];

    /// <summary>Those that have every model and task between them, none twice.</summary>
    public static IReadOnlyList<string> Pretrained { get; } = ["table1", "table2", "table3", "table5", "figure6"];
}
