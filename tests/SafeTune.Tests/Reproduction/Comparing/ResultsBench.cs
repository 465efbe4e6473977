using System.Globalization;
using SafeTune.Reproduction;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Comparing.Regressions;

namespace SafeTune.Tests.Reproduction.Comparing;

/// <summary>A repository with finished, verified results of a small table, to plant mistakes in.</summary>
internal sealed class ResultsBench : IDisposable
{
    public const string Results = "results/mini/demo.csv", Verified = "results/mini/demo.verified.csv", Bands = "results/mini/demo.bands.csv";

    public ResultsBench(params int[] seeds)
    {
        Shop.Run(Shop.Select with { Seeds = seeds.Length > 0 ? seeds : [1] });
        Shop.Put(Verified, Shop.Read(Results));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Shop.Root, "results", "mini"), "demo*.csv"))
            Shop.Put(Path.Combine("before", Path.GetFileName(file).Replace(".verified", ".old", StringComparison.Ordinal)), File.ReadAllText(file));
    }

    public Workshop Shop { get; } = new();
    public string Before => Path.Combine(Shop.Root, "before");
    public string Comment => Shop.Read("artifacts/regression-mini.md");

    /// <summary>Replaces the first place where a text stands in the results; it must be there.</summary>
    public void Plant(string right, string wrong, string file = Results)
    {
        string text = Shop.Read(file);
        int at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"'{right}' is not in {text}");
        Shop.Put(file, text[..at] + wrong + text[(at + right.Length)..]);
    }

    /// <summary>Deletes the first line with a text.</summary>
    public void Delete(string part)
    {
        string[] lines = Shop.Read(Results).Split('\n');
        Shop.Put(Results, string.Join('\n', lines.Where((_, i) => i != Array.FindIndex(lines, line => line.Contains(part, StringComparison.Ordinal)))));
    }

    public IReadOnlyList<Difference> Differences() => BandComparer.For(Shop.Root, "mini", "demo").Differences(Shop.Read(Results), Shop.Read(Verified));

    /// <summary>The one value that does not hold.</summary>
    public Difference Open() => Assert.Single(Differences(), difference => !Verdicts.Holds(difference.Verdict));

    public (bool Held, string Output) Verify(bool accept = false, string? scale = "mini")
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        return (Verification.Run(Shop.Root, scale, accept, output), output.ToString());
    }

    public int Compare(string? baseline = null, string? candidate = null) =>
        Regression.Run(Shop.Root, Shop.Select with { Baseline = baseline ?? Before, Candidate = candidate }, Shop.Output);

    public string Refusal(string? baseline = null, string? candidate = null) => Assert.Throws<UsageException>(() => Compare(baseline, candidate)).Message;

    public void Dispose() => Shop.Dispose();
}
