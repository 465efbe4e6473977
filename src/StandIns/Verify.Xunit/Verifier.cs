using System.Runtime.CompilerServices;
using VerifyTests;
using VerifyTests.Internal;

namespace VerifyXunit;

/// <summary>
/// Compares with a snapshot beside the test: <c>TypeName.MethodName.verified.extension</c>. What differs is left as <c>.received.</c>;
/// it is accepted by renaming it.
/// </summary>
public static class Verifier
{
    private static DerivePathInfo? s_derivePathInfo;

    /// <summary>Verifies a text as .txt.</summary>
    public static SettingsTask Verify(string? target, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Run(settings, sourceFile, snapshot => snapshot.Text(target));

    /// <summary>Verifies a text with an extension of its own, without its dot.</summary>
    public static SettingsTask Verify(string? target, string extension, VerifySettings? settings = null, [CallerFilePath] string sourceFile = "") =>
        Run(settings, sourceFile, snapshot => snapshot.Text(target, extension));

    /// <summary>Verifies bytes.</summary>
    public static SettingsTask Verify(
        byte[]? target, string extension, VerifySettings? settings = null, object? info = null, [CallerFilePath] string sourceFile = "") =>
        Verify(target is null ? null : new MemoryStream(target), extension, settings, info, sourceFile);

    /// <summary>Verifies a stream: as text if that is what the extension stands for.</summary>
    public static SettingsTask Verify(
        Stream? target, string extension, VerifySettings? settings = null, object? info = null, [CallerFilePath] string sourceFile = "")
    {
        Guard.NoInfo(info);
        return Run(settings, sourceFile, snapshot => snapshot.Stream(target, extension));
    }

    /// <summary>Verifies a file, under its own extension unless another one is given.</summary>
    public static SettingsTask VerifyFile(
        string path, VerifySettings? settings = null, object? info = null, string? extension = null, [CallerFilePath] string sourceFile = "")
    {
        Guard.NoInfo(info);
        return Run(settings, sourceFile, snapshot => snapshot.File(path, extension));
    }

    /// <inheritdoc cref="VerifyFile(string, VerifySettings?, object?, string?, string)"/>
    public static SettingsTask VerifyFile(
        FileInfo path, VerifySettings? settings = null, object? info = null, string? extension = null, [CallerFilePath] string sourceFile = "") =>
        VerifyFile(path.FullName, settings, info, extension, sourceFile);

    /// <summary>Sets where snapshots lie and what they are called, for all tests.</summary>
    public static void DerivePathInfo(DerivePathInfo derivePathInfo) => s_derivePathInfo = derivePathInfo;

    /// <summary>Puts all snapshots into a folder of the project.</summary>
    public static void UseProjectRelativeDirectory(string directory) =>
        DerivePathInfo((_, project, type, method) => new(Path.Combine(project, directory), SnapshotName.Of(type), method.Name));

    /// <summary>Puts all snapshots into a folder beside their test's source file.</summary>
    public static void UseSourceFileRelativeDirectory(string directory) =>
        DerivePathInfo((source, _, type, method) => new(Path.Combine(Path.GetDirectoryName(source)!, directory), SnapshotName.Of(type), method.Name));

    internal static void Reset() => s_derivePathInfo = null;

    private static SettingsTask Run(VerifySettings? settings, string sourceFile, Func<Snapshot, Task<VerifyResult>> verify) => new(settings, async used =>
    {
        var method = UseVerifyAttribute.GetMethod();
        var type = method.ReflectedType!;
        var project = TestAssembly.ProjectDirectory(type.Assembly);
        var path = s_derivePathInfo?.Invoke(sourceFile, project, type, method) ?? default;
        var name = SnapshotName.Resolve(sourceFile, used, path, type, method);
        return await verify(new Snapshot(name, used, DirectoryScrubber.For(type.Assembly)));
    });
}
