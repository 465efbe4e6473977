using System.Reflection;

namespace VerifyTests.Internal;

/// <summary>What Verify.Xunit.targets wrote into the test's assembly.</summary>
internal static class TestAssembly
{
    public static string ProjectDirectory(Assembly assembly) => Metadata(assembly, "Verify.ProjectDirectory")
        ?? throw new InvalidOperationException($"{assembly.GetName().Name} does not say where its project lies: it must import Verify.Xunit.targets.");

    public static string? SolutionDirectory(Assembly assembly) => Metadata(assembly, "Verify.SolutionDirectory");

    private static string? Metadata(Assembly assembly, string key) =>
        assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == key)?.Value;
}
