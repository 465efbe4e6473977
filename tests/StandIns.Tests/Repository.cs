namespace StandIns.Tests;

/// <summary>Where the repository is.</summary>
internal static class Repository
{
    /// <summary>The folder above the test assembly that holds the solution.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SafeTune.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds SafeTune.slnx");
    }
}
