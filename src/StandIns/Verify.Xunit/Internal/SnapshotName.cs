using System.Collections.Concurrent;
using System.Reflection;

namespace VerifyTests.Internal;

/// <summary>A snapshot's folder and name, and the test's type and method.</summary>
internal sealed record SnapshotName(string Directory, string Prefix, string TypeName, string MethodName)
{
    private static readonly ConcurrentDictionary<string, bool> Used = new(StringComparer.Ordinal);

    /// <summary>What settings say counts most, then what the derived path says.</summary>
    public static SnapshotName Resolve(string sourceFile, VerifySettings settings, PathInfo path, Type type, MethodInfo method)
    {
        var beside = Path.GetDirectoryName(sourceFile)!;
        var directory = Path.Combine(beside, settings.Directory ?? path.Directory ?? "");
        var typeName = settings.TypeName ?? path.TypeName ?? Of(type);
        var methodName = settings.MethodName ?? path.MethodName ?? method.Name;
        var prefix = settings.FileName ?? $"{typeName}.{methodName}{Parameters(settings, method)}";
        return new(directory.Length > 1 ? Path.TrimEndingDirectorySeparator(directory) : directory, prefix, Of(type), method.Name);
    }

    /// <summary>A type's name, behind its outer type's if it is nested.</summary>
    public static string Of(Type type) => type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;

    /// <summary>Two verifications with one name would hide each other's result.</summary>
    public void Claim()
    {
        var path = Path.Combine(Directory, Prefix);
        if (!Used.TryAdd(path, true))
        {
            throw new InvalidOperationException(
                $"The prefix has already been used: {path}. Two verifications of one test must differ in UseMethodName, UseTypeName, UseFileName or UseDirectory, and a theory's in UseParameters. "
                + "If the same name is meant, call DisableRequireUniquePrefix.");
        }
    }

    public FilePair Files(string extension) => new(
        extension, Path.Combine(Directory, $"{Prefix}.received.{extension}"), Path.Combine(Directory, $"{Prefix}.verified.{extension}"));

    /// <summary>The existing files of this name, of whatever extension.</summary>
    public string[] Existing(string kind) =>
        [.. System.IO.Directory.EnumerateFiles(Directory, $"{Prefix}*.{kind}.*").Where(file => IsMine(Path.GetFileName(file), kind)).Order(StringComparer.Ordinal)];

    internal static void Reset() => Used.Clear();

    // Not those of a longer name that starts with this one; a hash sign stands before the index of one of several.
    private bool IsMine(string file, string kind) =>
        file.StartsWith($"{Prefix}.{kind}.", StringComparison.Ordinal) || file.StartsWith($"{Prefix}#", StringComparison.Ordinal);

    private static string Parameters(VerifySettings settings, MethodInfo method) =>
        settings.ParametersText is { } text ? $"_{text}"
        : settings.TryGetParameters(out var values) ? ParameterText.Of(method, values)
        : "";
}
