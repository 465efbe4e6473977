using System.Globalization;
using System.Text.RegularExpressions;
using SafeTune.Reproduction;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Comparing;

public sealed class MeasuredBandsTests : IDisposable
{
    // Scores are 81, 82 and 86: the mean is 83.
    private readonly ResultsBench _bench = new(1, 2, 6);
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);

    public void Dispose() => _bench.Dispose();

    private BandRow Band(string quantity)
    {
        MeasuredBands.Write(_bench.Shop.Root, "mini", _output);
        return CsvFile.Read<BandRow>(Path.Combine(_bench.Shop.Root, ResultsBench.Bands)).Single(row => row is { Method: "lora", Task: "mrpc" } && row.Quantity == quantity);
    }

    [Fact]
    public void A_band_is_one_and_a_half_times_the_largest_deviation() =>
        Assert.Equal(
            new BandRow { Table = "demo", Model = "small", Method = "lora", Task = "mrpc", Quantity = "f1", Band = 4.5, Floor = 0.5, Runs = 3, Seeds = "1 2 6", Rule = "1.5 x the largest deviation from the mean" },
            Band("f1"));

    [Fact]
    public void No_spread_is_a_warning_and_the_floor()
    {
        BandRow loss = Band("train_loss");
        Assert.Equal((0.004, "warning: no spread at all: the floor"), (loss.Band, loss.Rule));
        Assert.Contains("warning: no spread at all: the floor: lora on mrpc (small), train_loss", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_spread_is_raised_to_the_floor()
    {
        _bench.Shop.Put(ResultsBench.Results, _bench.Shop.Read(ResultsBench.Results).Replace(",f1,82,", ",f1,81.1,", StringComparison.Ordinal).Replace(",f1,86,", ",f1,81.2,", StringComparison.Ordinal));
        Assert.Equal((0.5, 0.5), (Band("f1").Band, Band("f1").Floor));
    }

    [Fact]
    public void Two_runs_are_too_few_and_the_experiments_band_counts()
    {
        _bench.Shop.Put(ResultsBench.Results, string.Join('\n', _bench.Shop.Read(ResultsBench.Results).Split('\n').Where(line => !line.Contains(",mrpc,6,", StringComparison.Ordinal))));
        BandRow few = Band("f1");
        Assert.Equal((null, 2, "1 2", "too few runs (fewer than 3): the experiment's band"), (few.Band, few.Runs, few.Seeds, few.Rule));
        _bench.Shop.Put(ResultsBench.Verified, _bench.Shop.Read(ResultsBench.Results));
        _bench.Plant(",lora,mrpc,1,f1,81,", ",lora,mrpc,1,f1,79,");
        Assert.Equal(1, _bench.Open().Band!.Absolute);
    }

    [Fact]
    public void A_measured_band_goes_before_the_experiments()
    {
        Band("f1");
        _bench.Plant(",f1,81,", ",f1,77,");
        Assert.Equal(Verdict.InBand, Assert.Single(_bench.Differences(), difference => difference.Verdict != Verdict.Same).Verdict);
        _bench.Plant(",f1,77,", ",f1,76,");
        Assert.Equal(Verdict.Worse, _bench.Open().Verdict);
    }

    [Fact]
    public void The_training_loss_is_judged_where_its_scatter_is_known()
    {
        _bench.Plant(",train_loss,0.4,", ",train_loss,0.5,");
        Assert.DoesNotContain(_bench.Differences(), difference => difference.Quantity == "train_loss");
        _bench.Plant(",train_loss,0.5,", ",train_loss,0.4,");
        Band("f1");
        _bench.Plant(",train_loss,0.4,", ",train_loss,0.41,");
        Assert.Equal((Verdict.Worse, "train_loss"), (_bench.Open().Verdict, _bench.Open().Quantity));
    }

    [Fact]
    public void The_candidate_cannot_widen_its_own_bands()
    {
        Band("f1");
        _bench.Plant(",f1,81,", ",f1,79,");
        Assert.Equal(3, _bench.Compare());
        _bench.Shop.Put("before/demo.bands.csv", _bench.Shop.Read(ResultsBench.Bands));
        Assert.Equal(0, _bench.Compare());
    }

    [Theory]
    [InlineData("Infinity")]
    [InlineData("NaN")]
    [InlineData("-1")]
    public void A_band_that_is_none_is_refused(string band)
    {
        Band("f1");
        _bench.Plant(",4.5,", $",{band},", ResultsBench.Bands);
        Assert.Contains("demo.bands.csv, line 2: a band of", Assert.Throws<UsageException>(_bench.Differences).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_bands_nor_verified_results_are_taken_for_results()
    {
        string report = Results();
        Band("f1");
        Report.Write(_bench.Shop.Root, "mini");
        Assert.Equal(report, Results());
        _bench.Shop.Put("results/alone/demo.bands.csv", "");
        _bench.Shop.Put("results/alone/demo.verified.csv", "");
        Assert.Equal(["mini"], Report.Scales(_bench.Shop.Root));
        string merged = _bench.Shop.Read(ResultsBench.Results);
        Directory.Move(Path.Combine(_bench.Shop.Root, "results", "mini"), Path.Combine(_bench.Shop.Root, "part"));
        Assert.Equal(0, _bench.Shop.Run(_bench.Shop.Select with { Merge = [Path.Combine(_bench.Shop.Root, "part")] }));
        Assert.Equal(merged, _bench.Shop.Read(ResultsBench.Results));

        // What the report says of the verified results is another matter.
        string Results() => Regex.Replace(_bench.Shop.Read("results/mini/REPORT.md"), @"not verified|the same|Nobody verified these results yet\.|Against the verified results: \d+ same\.", "");
    }
}
