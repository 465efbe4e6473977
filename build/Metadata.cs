using System.Reflection;

namespace Build;

/// <summary>What Directory.Build.props wrote into the assembly.</summary>
internal static class Metadata
{
    public static string Of(string key) =>
        typeof(Metadata).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == key).Value!;
}
