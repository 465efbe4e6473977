namespace SafeTune.Tests.Workflows.Running;

/// <summary>A test that runs other programs: skipped, with the reason, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolFactAttribute : FactAttribute
{
    public ToolFactAttribute(params string[] tools) => Skip = Tools.Missing(tools);
}

/// <summary>As <see cref="ToolFactAttribute"/>, once for each set of data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] tools) => Skip = Tools.Missing(tools);
}

internal static class Tools
{
    /// <summary>Why a test that needs these (commands on the PATH, or with a slash files below the repository's root) cannot run; null when they are there.</summary>
    public static string? Missing(string[] tools)
    {
        var missing = tools.Where(tool => !IsThere(tool)).ToArray();
        return missing.Length == 0 ? null : $"needs {string.Join(" and ", missing)}; .ci/run installs the linters, apt-get the rest";
    }

    private static bool IsThere(string tool) => tool.Contains('/', StringComparison.Ordinal)
        ? Path.Exists(Path.Combine(Golden.Root, tool))
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
