using System.Reflection;
using System.Runtime.CompilerServices;
using VerifyTests;

namespace VerifyXunit;

/// <summary>
/// Compares with a snapshot beside the test: <c>TypeName.MethodName.verified.extension</c>. What differs is left as <c>.received.</c>;
/// it is accepted by renaming it.
/// </summary>
public static class Verifier
{
    /// <summary>Verifies a text file, under its own extension unless another one is given.</summary>
    public static SettingsTask VerifyFile(
        string path, VerifySettings? settings = null, object? info = null, string? extension = null, [CallerFilePath] string sourceFile = "") => new(settings, async used =>
        {
            if (info is not null) throw new NotSupportedException("The stand-in of Verify.Xunit takes no info.");
            if (!File.Exists(path)) throw new ArgumentException($"File not found. Path: {path}", nameof(path));
            var method = UseVerifyAttribute.GetMethod();
            var directory = Path.Combine(Path.GetDirectoryName(sourceFile)!, used.Directory ?? "");
            var snapshot = new Snapshot(directory, used.FileName ?? NameOf(method), extension ?? Path.GetExtension(path).TrimStart('.'));
            return await snapshot.Verify(await File.ReadAllTextAsync(path), used);
        });

    private static string NameOf(MethodInfo method) =>
        method.ReflectedType is { DeclaringType: { } outer } type ? $"{outer.Name}.{type.Name}.{method.Name}" : $"{method.ReflectedType!.Name}.{method.Name}";
}
