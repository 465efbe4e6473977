using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>Whether a text of results holds against a verified one: equal within the bands, and no row more or less.</summary>
/// <param name="bands">The table's.</param>
public sealed class BandComparer(BandBook bands)
{
    /// <summary>The comparer of a table as it stands in the repository.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="scale">A folder's name below results/.</param>
    /// <param name="table">For example <c>table1</c>.</param>
    /// <exception cref="UsageException">There is no such experiment, or a file is broken.</exception>
    public static BandComparer For(string root, string scale, string table) => new(BandBook.Of(
        new TableFiles(Path.Combine(root, "results", scale), table), HeldTables.Experiments(Path.Combine(root, "experiments", table + ".yaml"), scale)));

    /// <summary>Compares two texts in the format of <c>results/&lt;scale&gt;/&lt;table&gt;.csv</c>.</summary>
    /// <param name="received">What a run wrote.</param>
    /// <param name="verified">What was accepted before.</param>
    /// <returns>Whether it holds, and a line for everything that does not.</returns>
    /// <exception cref="UsageException">One of them is no table of results; the line is named.</exception>
    public (bool Equal, string Message) Compare(string received, string verified)
    {
        Difference[] open = [.. Differences(received, verified).Where(difference => !Verdicts.Holds(difference.Verdict))];
        return (open.Length == 0, string.Join('\n', open.Select(difference => difference.ToString())));
    }

    internal IReadOnlyList<Difference> Differences(string received, string verified) =>
        [.. new Comparison(bands).Compare(Cells(verified, "the verified results"), Cells(received, "the received results"))];

    private static List<CellResult> Cells(string text, string name) => ResultText.Cells(CsvFile.Parse(new StringReader(text), name, ResultText.Unseen()));
}
