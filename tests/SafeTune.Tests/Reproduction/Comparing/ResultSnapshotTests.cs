using SafeTune.Reproduction.Comparing;

namespace SafeTune.Tests.Reproduction.Comparing;

/// <summary>A table's results as a snapshot, with a comparer that knows its bands.</summary>
public sealed class ResultSnapshotTests : IDisposable
{
    private readonly ResultsBench _bench = new();

    public static TheoryData<string, string> Committed
    {
        get
        {
            var tables = new TheoryData<string, string>();
            foreach (string scale in (string[])["mini", "smoke"])
            {
                foreach (string experiment in Directory.EnumerateFiles(Path.Combine(Golden.Root, "experiments"), "*.yaml").Order(StringComparer.Ordinal))
                {
                    string table = Path.GetFileNameWithoutExtension(experiment);
                    if (File.Exists(Path.Combine(Golden.Root, "results", scale, table + ".csv"))) tables.Add(scale, table);
                }
            }
            return tables;
        }
    }

    public void Dispose() => _bench.Dispose();

    /// <summary>After a change that is meant: --target=Verify --accept.</summary>
    [Theory]
    [MemberData(nameof(Committed))]
    public Task The_committed_results_are_verified(string scale, string table) => Held(Golden.Root, scale, table);

    /// <summary>Holds <c>results/scale/table.csv</c> against <c>table.verified.csv</c> beside it.</summary>
    internal static SettingsTask Held(string root, string scale, string table)
    {
        string folder = Path.Combine(root, "results", scale);
        BandComparer bands = BandComparer.For(root, scale, table);
        return Verifier.VerifyFile(Path.Combine(folder, table + ".csv")).UseDirectory(folder).UseFileName(table).UseStringComparer((received, verified, _) =>
        {
            var (equal, message) = bands.Compare(received, verified);
            return Task.FromResult(equal ? CompareResult.Equal : CompareResult.NotEqual(message));
        });
    }

    [Fact]
    public async Task A_value_within_its_band_holds_and_the_verified_one_stays()
    {
        _bench.Plant(",f1,81,", ",f1,80.5,");
        string verified = _bench.Shop.Read(ResultsBench.Verified);
        await Held(_bench.Shop.Root, "mini", "demo");
        Assert.Equal(verified, _bench.Shop.Read(ResultsBench.Verified));
        Assert.False(File.Exists(Received));
    }

    [Fact]
    public async Task A_value_out_of_its_band_is_named()
    {
        _bench.Plant(",f1,81,", ",f1,50,");
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(Held(_bench.Shop.Root, "mini", "demo").ToTask);
        Assert.Contains("Compare Result:\nworse: lora on mrpc, seed 1 (small): f1 was 81, is 50, band ± 1\n", failure.Message, StringComparison.Ordinal);
        Assert.Equal(_bench.Shop.Read(ResultsBench.Results), await File.ReadAllTextAsync(Received));
    }

    [Fact]
    public async Task Results_that_nobody_verified_are_new()
    {
        File.Delete(Path.Combine(_bench.Shop.Root, ResultsBench.Verified));
        Exception failure = await Assert.ThrowsAnyAsync<Exception>(Held(_bench.Shop.Root, "mini", "demo").ToTask);
        Assert.Contains("New:\n  - Received: demo.received.csv\n    Verified: demo.verified.csv\n", failure.Message, StringComparison.Ordinal);
    }

    private string Received => Path.Combine(_bench.Shop.Root, "results", "mini", "demo.received.csv");
}
