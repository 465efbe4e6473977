using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>Takes the committed results of a git reference out of the repository, without touching the working tree.</summary>
/// <param name="root">The repository's root.</param>
internal sealed class GitResults(string root)
{
    /// <summary>The commit that a reference names, or null when it names none.</summary>
    public string? Commit(string reference) =>
        Git(["rev-parse", "--verify", "--quiet", "--end-of-options", reference + "^{commit}"]) is { } commit ? Encoding.ASCII.GetString(commit).Trim() : null;

    /// <summary>Writes the known tables' files of a commit into a folder.</summary>
    /// <exception cref="UsageException">One of them is a link, or too large.</exception>
    public void Extract(string commit, string scale, IReadOnlyList<string> tables, string folder)
    {
        string[] names = [.. tables.SelectMany(ResultFolder.Names)];
        foreach (string entry in Encoding.UTF8.GetString(Git(["ls-tree", "-z", "-l", commit, "--", $"results/{scale}/"]) ?? []).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            // mode, type, object, size, then a tab and the path.
            if (entry.Split('\t', 2) is not [var about, var path] || about.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var mode, "blob", var blob, var size])
                continue;
            string name = Path.GetFileName(path);
            if (!names.Contains(name))
                continue;
            if (!mode.StartsWith("100", StringComparison.Ordinal))
                throw new UsageException($"{path} of {commit} is no plain file.");
            if (long.Parse(size, CultureInfo.InvariantCulture) > ResultFolder.MostBytes)
                throw new UsageException($"{path} of {commit} has {size} bytes; a table of results has at most {ResultFolder.MostBytes}.");
            File.WriteAllBytes(Path.Combine(folder, name), Git(["cat-file", "blob", blob]) ?? throw new UsageException($"git cannot read {path} of {commit}; is the clone shallow?"));
        }
    }

    private byte[]? Git(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git", ["--no-optional-locks", "-C", root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process git = Process.Start(start)!;
            Task<string> ignored = git.StandardError.ReadToEndAsync();
            var output = new MemoryStream();
            git.StandardOutput.BaseStream.CopyTo(output);
            git.WaitForExit();
            _ = ignored.Result;
            return git.ExitCode == 0 ? output.ToArray() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new UsageException("A git reference as --baseline needs git, which is not installed; name a folder.");
        }
    }
}
