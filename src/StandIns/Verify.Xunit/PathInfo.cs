namespace VerifyTests;

/// <summary>Where a test's snapshots lie and what they are called; what is null stays as it would be.</summary>
public readonly struct PathInfo(string? directory = null, string? typeName = null, string? methodName = null)
{
    /// <summary>The folder of the snapshots.</summary>
    public string? Directory { get; } = directory;
    /// <summary>The part of the name before the dot.</summary>
    public string? TypeName { get; } = typeName;
    /// <summary>The part of the name after the dot.</summary>
    public string? MethodName { get; } = methodName;
}
