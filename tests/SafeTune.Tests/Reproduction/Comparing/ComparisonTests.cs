using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction.Comparing;

public sealed class ComparisonTests : IDisposable
{
    private readonly ResultsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_score_outside_its_band_is_worse()
    {
        _bench.Plant(",f1,81,", ",f1,79.9,");
        Difference open = _bench.Open();
        Assert.Equal((Verdict.Worse, "f1", 81, 79.9, "lora on mrpc, seed 1"), (open.Verdict, open.Quantity, open.Before, open.Now, open.Key.ToString()));
        Assert.Equal("worse: lora on mrpc, seed 1 (small): f1 was 81, is 79.9, band ± 1", open.ToString());
    }

    [Theory]
    [InlineData("80")]
    [InlineData("82")]
    public void A_score_on_the_edge_of_its_band_holds(string value)
    {
        _bench.Plant(",f1,81,", $",f1,{value},");
        Assert.Equal(Verdict.InBand, Assert.Single(_bench.Differences(), difference => difference.Verdict != Verdict.Same).Verdict);
    }

    [Fact]
    public void A_score_that_is_too_good_is_flagged_as_better()
    {
        _bench.Plant(",f1,81,", ",f1,82.1,");
        Assert.Equal(Verdict.Better, _bench.Open().Verdict);
    }

    [Fact]
    public void One_byte_more_is_worse_and_one_less_is_better()
    {
        _bench.Plant(",f1,81,ok,,10000000,10000000,", ",f1,81,ok,,10000000,10000001,");
        Assert.Equal((Verdict.Worse, "memory_after_bytes"), (_bench.Open().Verdict, _bench.Open().Quantity));
        _bench.Plant(",10000001,", ",9999999,");
        Assert.Equal(Verdict.Better, _bench.Open().Verdict);
    }

    [Theory]
    [InlineData("10500000", true)]
    [InlineData("10510000", false)]
    [InlineData("9510000", true)]
    [InlineData("9490000", false)]
    public void On_another_stack_bytes_have_a_band_of_a_share_of_those_before(string bytes, bool holds)
    {
        _bench.Shop.Put(ResultsBench.Results, _bench.Shop.Read(ResultsBench.Results).Replace(",standin,", ",nuget,", StringComparison.Ordinal).Replace(",10000000,10000000,", $",10000000,{bytes},", StringComparison.Ordinal));
        Assert.Equal(holds, _bench.Differences().All(difference => Verdicts.Holds(difference.Verdict)));
    }

    [Theory]
    [InlineData(",f1,81,")]
    [InlineData(",train_loss,")]
    public void A_deleted_row_is_missing(string row)
    {
        _bench.Delete(row);
        Assert.Equal((Verdict.Missing, row.Split(',')[1]), (_bench.Open().Verdict, _bench.Open().Quantity));
    }

    [Fact]
    public void A_deleted_cell_is_missing_with_all_its_scores()
    {
        for (int row = 0; row < 3; row++)
            _bench.Delete(",lora,mrpc,1,");
        Assert.Equal([("accuracy", Verdict.Missing), ("f1", Verdict.Missing)], _bench.Differences().Where(difference => difference.Key is { Method: "lora", Task: "mrpc" }).Select(difference => (difference.Quantity, difference.Verdict)));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("")]
    public void What_is_no_number_is_missing(string value)
    {
        _bench.Plant(",f1,81,", $",f1,{value},");
        Assert.Equal(Verdict.Missing, _bench.Open().Verdict);
    }

    [Fact]
    public void A_value_that_was_no_number_before_is_new()
    {
        _bench.Plant(",f1,81,", ",f1,NaN,", ResultsBench.Verified);
        Assert.Equal(Verdict.New, _bench.Open().Verdict);
    }

    [Fact]
    public void A_row_that_nobody_verified_is_new()
    {
        _bench.Plant("mini,demo,small,lora,mrpc,1,f1,", "mini,demo,small,lora,mrpc,7,f1,");
        Assert.Equal([Verdict.Missing, Verdict.New], _bench.Differences().Select(difference => difference.Verdict).Where(verdict => !Verdicts.Holds(verdict)).Order().Reverse());
    }

    [Theory]
    [InlineData("config_hash")]
    [InlineData("data_hash")]
    public void Other_settings_or_data_are_not_comparable_and_never_worse(string column)
    {
        ResultRow row = CsvFile.Read<ResultRow>(Path.Combine(_bench.Shop.Root, ResultsBench.Results)).First(row => row is { Method: "lora", Task: "mrpc" });
        string hash = column == "config_hash" ? row.ConfigHash : row.DataHash;
        _bench.Shop.Put(ResultsBench.Results, _bench.Shop.Read(ResultsBench.Results).Replace(hash, "0123456789abcdef", StringComparison.Ordinal));
        _bench.Plant(",f1,81,", ",f1,1,");
        Assert.Contains(_bench.Differences(), difference => difference.Verdict == Verdict.NotComparable && difference.Key.Method == "lora");
        Assert.DoesNotContain(_bench.Differences(), difference => Verdicts.IsRegression(difference.Verdict));
    }

    [Fact]
    public void A_cell_that_fails_now_failed_and_one_that_failed_before_is_the_same()
    {
        _bench.Plant(",f1,81,ok,", ",f1,,failed,out of memory");
        string failed = _bench.Shop.Read(ResultsBench.Results);
        Assert.Equal((Verdict.Failed, "failed: out of memory"), (_bench.Open().Verdict, _bench.Open().Note));
        _bench.Shop.Put(ResultsBench.Verified, failed);
        Assert.All(_bench.Differences(), difference => Assert.Equal(Verdict.Same, difference.Verdict));
    }

    [Theory]
    [InlineData("accuracy", 1)]
    [InlineData("rouge_l", 1)]
    [InlineData("frozen_fraction", 1)]
    [InlineData("perplexity", -1)]
    [InlineData("train_loss", -1)]
    [InlineData("memory_gb", -1)]
    [InlineData("memory_mean_bytes", -1)]
    [InlineData("flops_forward", -1)]
    [InlineData("trainable_parameters", 0)]
    public void Every_quantity_has_its_good_direction(string quantity, int direction) => Assert.Equal(direction, Quality.Direction(quantity));

    [Fact]
    public void A_fixed_count_is_worse_whichever_way_it_moves()
    {
        _bench.Shop.Put("experiments/demo.yaml", Workshop.Yaml.Replace("memory_after_bytes: exact", "trainable_parameters: exact", StringComparison.Ordinal));
        _bench.Plant(",10,1000,", ",10,999,");
        Assert.Equal((Verdict.Worse, "trainable_parameters"), (_bench.Open().Verdict, _bench.Open().Quantity));
    }

    [Fact]
    public void Seconds_never_decide()
    {
        _bench.Shop.Put("results/mini/demo.runs.csv", _bench.Shop.Read("results/mini/demo.runs.csv").Replace(",10,0,1,", ",99999,0,1,", StringComparison.Ordinal));
        Assert.Equal(0, _bench.Compare());
        Assert.Contains("**No regression: 18 same**", _bench.Comment, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_the_results_are_they_hold_against_themselves(int seed)
    {
        var random = new Random(seed);
        ResultRow[] rows =
        [
            .. from method in (string[])["lora", "lora+safe", "houlsby"]
               from task in (string[])["cola", "mrpc"]
               from metric in (string[])["f1", "nist", "train_loss"]
               select new ResultRow
               {
                   Scale = "mini", Table = "demo", Model = random.Next(2) == 0 ? "small" : "other", Method = method, Task = task, Seed = random.Next(3), Metric = metric,
                   Value = random.Next(4) switch { 0 => null, 1 => double.NaN, _ => random.NextDouble() * 1e6 }, Status = random.Next(5) == 0 ? "failed" : "ok",
                   MemoryAfterBytes = random.Next(3) == 0 ? null : random.NextInt64(), ConfigHash = method, Stack = random.Next(2) == 0 ? "nuget" : "standin",
               },
        ];
        string text = CsvFile.Render(rows);
        var comparer = BandComparer.For(_bench.Shop.Root, "mini", "demo");
        Assert.All(comparer.Differences(text, text), difference => Assert.Equal(Verdict.Same, difference.Verdict));
        Assert.Equal((true, ""), comparer.Compare(text, text));
    }

    [Fact]
    public void The_comparer_says_what_differs()
    {
        string verified = _bench.Shop.Read(ResultsBench.Verified);
        var (equal, message) = BandComparer.For(_bench.Shop.Root, "mini", "demo").Compare(verified.Replace(",f1,81,", ",f1,9,", StringComparison.Ordinal), verified);
        Assert.Equal((false, "worse: lora on mrpc, seed 1 (small): f1 was 81, is 9, band ± 1"), (equal, message.Split('\n')[0]));
    }
}
