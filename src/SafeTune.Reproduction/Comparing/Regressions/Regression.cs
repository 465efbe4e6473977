using System.Text.RegularExpressions;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>Whether a change made any result worse: two sets of results in, a comment for the pull request and an exit code out.</summary>
public static partial class Regression
{
    /// <summary>The exit code of a regression.</summary>
    public const int Found = 3;

    /// <summary>Compares, prints the comment and writes it to a file.</summary>
    /// <param name="root">The repository's root; its experiment files say what the tables are.</param>
    /// <param name="selection">Baseline, candidate, scale and output.</param>
    /// <param name="output">For the comment.</param>
    /// <returns>0, or <see cref="Found"/>.</returns>
    /// <exception cref="UsageException">Something that is not there, or is not as results should be; file and line are named.</exception>
    public static int Run(string root, Selection selection, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(output);
        string scale = selection.Scale;
        if (!FolderName().IsMatch(scale))
            throw new UsageException($"--scale should be the name of a folder in results/, for example smoke; found '{scale}'.");
        string given = selection.Baseline ?? throw new UsageException("Regression needs --baseline=FOLDER with table1.csv and so on in it, or --baseline=REF with a git reference, for example --baseline=main.");
        string[] tables = [.. HeldTables.Known(root).Select(file => Path.GetFileNameWithoutExtension(file))];
        ResultSet baseline = Baseline(root, given, tables, scale);
        string folder = selection.Candidate ?? Path.Combine(root, "results", scale);
        ResultSet candidate = ResultFolder.Read(Path.TrimEndingDirectorySeparator(folder), selection.Candidate ?? $"results/{scale}", tables, scale);

        var comment = new RegressionComment(scale, baseline, candidate, [.. tables.SelectMany(table => Compare(root, table, scale, baseline, candidate))]);
        string text = comment.Render();
        AtomicFile.WriteAllText(selection.Output ?? Path.Combine(root, "artifacts", $"regression-{scale}.md"), text);
        output.Write(text);
        return comment.IsRegression ? Found : Reproduce.Fine;
    }

    private static IEnumerable<Difference> Compare(string root, string table, string scale, ResultSet baseline, ResultSet candidate)
    {
        if (!baseline.Tables.ContainsKey(table) && !candidate.Tables.ContainsKey(table))
            return [];
        // The candidate may not widen its own bands.
        var bands = new BandBook(HeldTables.Experiments(Path.Combine(root, "experiments", table + ".yaml"), scale), baseline.Bands.GetValueOrDefault(table, []));
        return new Comparison(bands).Compare(baseline.Tables.GetValueOrDefault(table, []), candidate.Tables.GetValueOrDefault(table, []));
    }

    private static ResultSet Baseline(string root, string given, string[] tables, string scale)
    {
        if (Directory.Exists(given))
            return ResultFolder.Read(Path.TrimEndingDirectorySeparator(given), given, tables, scale);
        var git = new GitResults(root);
        string commit = git.Commit(given) ?? throw new UsageException($"--baseline names '{given}', which is neither a folder nor a git reference here.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("safetune-baseline-");
        try
        {
            git.Extract(commit, scale, tables, folder.FullName);
            if (folder.GetFiles().Length == 0)
                throw new UsageException($"{given} has no results of a known table in results/{scale}/; name another reference or --scale.");
            return ResultFolder.Read(folder.FullName, given, tables, scale) with { Commit = commit };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]*\\z")]
    private static partial Regex FolderName();
}
