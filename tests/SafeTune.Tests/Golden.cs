namespace SafeTune.Tests;

/// <summary>Where the golden files and the hub folder are.</summary>
internal static class Golden
{
    /// <summary>The repository's root: the folder above the test assembly that holds the solution.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>
    /// A folder with real data and models (<c>SAFETUNE_HUB</c>, else <c>../shared/hub</c> beside the repository); null when there is none.
    /// </summary>
    public static string? Hub { get; } = FindHub();

    /// <summary>The full path of a golden file, e.g. <c>Golden.Path("cka/inputs.safetensors")</c>; the file must exist.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder under tests/Golden.</exception>
    public static string Path(string relative)
    {
        var path = System.IO.Path.Combine(Root, "tests", "Golden", relative);
        return File.Exists(path) || Directory.Exists(path) ? path : throw new FileNotFoundException($"tests/Golden/{relative} is missing", path);
    }

    private static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SafeTune.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {start} holds SafeTune.slnx");
    }

    private static string? FindHub()
    {
        var named = Environment.GetEnvironmentVariable("SAFETUNE_HUB");
        var folder = string.IsNullOrEmpty(named) ? System.IO.Path.Combine(Root, "..", "shared", "hub") : named;
        return Directory.Exists(folder) ? System.IO.Path.GetFullPath(folder) : null;
    }
}
