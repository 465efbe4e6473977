using System.Runtime.CompilerServices;

namespace SafeTune.Tests;

/// <summary>What holds for all snapshots.</summary>
internal static class SnapshotSettings
{
    // As .editorconfig has it for every file.
    [ModuleInitializer]
    internal static void Make() => VerifierSettings.UseUtf8NoBom();
}
