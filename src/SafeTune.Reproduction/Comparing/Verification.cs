using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>Holds <c>results/&lt;scale&gt;/&lt;table&gt;.csv</c> against <c>&lt;table&gt;.verified.csv</c>, which somebody looked at and accepted.</summary>
public static class Verification
{
    /// <summary>Compares every table; with <paramref name="accept"/> the results become the verified ones, once the difference has been shown.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="scale">A folder's name below results/; null = every one that has results.</param>
    /// <param name="accept">Whether to accept.</param>
    /// <param name="output">A line for each value that does not hold, and one for each table.</param>
    /// <returns>Whether everything holds, or was accepted.</returns>
    /// <exception cref="UsageException">There are no results, or a file is broken.</exception>
    public static bool Run(string root, string? scale, bool accept, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        bool held = true;
        foreach (var (files, experiments) in HeldTables.Of(root, scale))
        {
            bool here = Holds(files, experiments, output);
            if (accept && File.Exists(files.ResultsFile))
            {
                AtomicFile.WriteAllText(files.VerifiedFile, File.ReadAllText(files.ResultsFile));
                output.WriteLine($"  accepted: {files.VerifiedFile}");
                here = true;
            }

            held &= here;
        }

        output.WriteLine(held ? accept ? "Accepted. Look through the difference in git before you commit it." : "Everything holds."
            : "Not everything holds. Where the new numbers are right, accept them with --target=Verify --accept and say in the commit why they changed.");
        return held;
    }

    private static bool Holds(TableFiles files, IReadOnlyList<Experiment> experiments, TextWriter output)
    {
        string name = Path.Combine(Path.GetFileName(files.Folder), files.Table);
        if (!File.Exists(files.ResultsFile))
        {
            output.WriteLine($"{name}: {files.VerifiedFile} is verified, but the results are gone.");
            return false;
        }

        IReadOnlyList<Difference>? found = Differences(files, experiments);
        IReadOnlyList<Difference> differences = found ?? Differences(files, experiments, CsvFile.Render<ResultRow>([]));
        Difference[] open = [.. differences.Where(difference => !Verdicts.Holds(difference.Verdict))];
        string verified = found is null ? "nobody verified this table yet; " : "";
        output.WriteLine($"{name}: {verified}{(differences.Count == 0 ? "no values" : Verdicts.Count(differences))}.");
        foreach (Difference difference in open)
            output.WriteLine($"  {(difference.Verdict == Verdict.New ? "NOBODY VERIFIED, " : "")}{difference}");
        return open.Length == 0 && verified.Length == 0;
    }

    /// <summary>The results against the verified ones, value by value; null when nobody verified the table.</summary>
    internal static IReadOnlyList<Difference>? Differences(TableFiles files, IReadOnlyList<Experiment> experiments) =>
        File.Exists(files.VerifiedFile) ? Differences(files, experiments, File.ReadAllText(files.VerifiedFile)) : null;

    private static IReadOnlyList<Difference> Differences(TableFiles files, IReadOnlyList<Experiment> experiments, string verified) =>
        new BandComparer(BandBook.Of(files, experiments)).Differences(File.ReadAllText(files.ResultsFile), verified);
}
