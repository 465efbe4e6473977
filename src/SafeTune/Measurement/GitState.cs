using System.ComponentModel;
using System.Diagnostics;

namespace SafeTune.Measurement;

/// <summary>The commit of a folder's repository, asked from git itself.</summary>
internal static class GitState
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The commit and whether tracked files differ from it, other than the results that a run itself writes; an empty commit where there is no repository, no commit or no git.</returns>
    public static (string Commit, bool Dirty) Read(string folder) =>
        Git(folder, "rev-parse", "--verify", "--quiet", "HEAD") is { Length: > 0 } commit
            ? (commit, Git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)results") is { Length: > 0 })
            : ("", false);

    private static string? Git(string folder, params string[] arguments)
    {
        // Optional locks off: asking must not disturb a git command that runs at the same time.
        var start = new ProcessStartInfo("git", ["--no-optional-locks", .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var git = Process.Start(start);
            if (git is null) return null;
            var output = git.StandardOutput.ReadToEndAsync();
            var ignored = git.StandardError.ReadToEndAsync();
            if (git.WaitForExit(Patience)) return Task.WhenAll(output, ignored).Result[0].Trim() is var text && git.ExitCode == 0 ? text : null;
            git.Kill(entireProcessTree: true);
            return null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
