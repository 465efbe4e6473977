using System.Collections.Concurrent;
using System.Reflection;
using System.Text;

namespace VerifyTests.Internal;

/// <summary>Puts names for folders that differ from machine to machine, such as <c>{ProjectDirectory}</c>, with the separator behind them.</summary>
internal sealed class DirectoryScrubber
{
    private static readonly ConcurrentDictionary<Assembly, DirectoryScrubber> Known = new();

    private readonly (string Path, string Name)[] _folders;

    /// <summary>Of folders that are the same the first one's name counts, and of nested ones the inner one's.</summary>
    public DirectoryScrubber(IEnumerable<(string? Path, string Name)> folders) => _folders =
    [
        .. folders.Select(folder => (Path: Clean(folder.Path), folder.Name))
            .Where(folder => folder.Path.Length > 0)
            .DistinctBy(folder => folder.Path)
            .OrderByDescending(folder => folder.Path.Length),
    ];

    public static DirectoryScrubber For(Assembly assembly) => Known.GetOrAdd(assembly, static tests => new(
    [
        (AppContext.BaseDirectory, "{CurrentDirectory}"),
        (Environment.CurrentDirectory, "{CurrentDirectory}"),
        (Path.GetTempPath(), "{TempPath}"),
        (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "{UserProfile}"),
        (TestAssembly.ProjectDirectory(tests), "{ProjectDirectory}"),
        (TestAssembly.SolutionDirectory(tests), "{SolutionDirectory}"),
    ]));

    public string Scrub(string text)
    {
        var scrubbed = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            if (Find(text, at) is var (path, name))
            {
                scrubbed.Append(name);
                at += path.Length;
                at += at < text.Length && IsSeparator(text[at]) ? 1 : 0;
            }
            else
            {
                scrubbed.Append(text[at++]);
            }
        }

        return scrubbed.ToString();
    }

    private (string Path, string Name)? Find(string text, int at)
    {
        if (at > 0 && char.IsLetterOrDigit(text[at - 1]))
        {
            return null;
        }

        foreach (var folder in _folders)
        {
            int end = at + folder.Path.Length;
            if (end <= text.Length && (end == text.Length || !char.IsLetterOrDigit(text[end])) && IsAt(text, at, folder.Path))
            {
                return folder;
            }
        }

        return null;
    }

    private static bool IsAt(string text, int at, string path)
    {
        for (int i = 0; i < path.Length; i++)
        {
            char found = IsSeparator(text[at + i]) ? '/' : text[at + i];
            if (found != path[i])
            {
                return false;
            }
        }

        return true;
    }

    private static string Clean(string? path) => path is null ? "" : path.TrimEnd('/', '\\').Replace('\\', '/');

    private static bool IsSeparator(char character) => character is '/' or '\\';
}
