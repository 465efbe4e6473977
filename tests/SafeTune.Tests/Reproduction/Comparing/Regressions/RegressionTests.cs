using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Comparing.Regressions;
using SafeTune.Reproduction.Results;
using SafeTune.Tests.Build;

namespace SafeTune.Tests.Reproduction.Comparing.Regressions;

public sealed class RegressionTests : IDisposable
{
    private readonly ResultsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Equal_results_are_no_regression()
    {
        Assert.Equal(0, _bench.Compare());
        string[] lines = _bench.Comment.Split('\n');
        Assert.Equal("<!-- safetune-regression -->", lines[0]);
        Assert.Equal("**No regression: 18 same** (scale mini, demo)", lines[1]);
        Assert.Contains("**What to do next.** Nothing.", _bench.Comment, StringComparison.Ordinal);
        Assert.EndsWith(_bench.Comment, _bench.Shop.Output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",f1,81,", ",f1,70,", "**worse**")]
    [InlineData(",f1,81,ok,,10000000,10000000,", ",f1,81,ok,,10000000,10000001,", "**worse**")]
    [InlineData(",f1,81,", ",f1,NaN,", "**missing**")]
    [InlineData(",f1,81,ok,", ",f1,81,failed,", "**failed**")]
    public void A_planted_regression_ends_with_3_and_stands_in_the_open_table(string right, string wrong, string row)
    {
        _bench.Plant(right, wrong);
        Assert.Equal(3, _bench.Compare());
        Assert.StartsWith("**Regression: 1 ", _bench.Comment.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains($"| {row} | demo · `small` · `lora` · `mrpc` · seed 1<br>", _bench.Comment[.._bench.Comment.IndexOf("<details>", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Contains("`dotnet cake --target=Demo --scale=mini`", _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void One_byte_more_is_shown_as_one_byte()
    {
        _bench.Plant(",f1,81,ok,,10000000,10000000,", ",f1,81,ok,,10000000,10000001,");
        _bench.Compare();
        Assert.Contains("<br>`memory_after_bytes` | 10,000,000 | 10,000,001 | +1 | exact |", _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deleted_row_ends_with_3()
    {
        _bench.Delete(",f1,81,");
        Assert.Equal(3, _bench.Compare());
    }

    [Theory]
    [InlineData(",f1,81,", ",f1,95,", "| **better** |")]
    [InlineData(",mrpc,1,f1,81,", ",mrpc,1,f2,81,", "| **new** |")]
    public void What_is_better_or_new_is_flagged(string right, string wrong, string row)
    {
        _bench.Plant(right, wrong);
        _bench.Compare();
        Assert.Contains(row, _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_better_is_no_regression()
    {
        _bench.Plant(",f1,81,", ",f1,95,");
        Assert.Equal(0, _bench.Compare());
        Assert.StartsWith("**No regression, but look at what changed: 1 better, 17 same**", _bench.Comment.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_comparable_is_no_regression()
    {
        string hash = CsvFile.Read<ResultRow>(Path.Combine(_bench.Shop.Root, ResultsBench.Results))[0].ConfigHash;
        _bench.Shop.Put(ResultsBench.Results, _bench.Shop.Read(ResultsBench.Results).Replace(hash, "0", StringComparison.Ordinal));
        Assert.Equal(0, _bench.Compare());
        Assert.Contains("| not comparable | demo · `small` · ", _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void What_moved_inside_its_band_is_folded_with_its_mean()
    {
        _bench.Plant(",f1,81,", ",f1,80.4,");
        Assert.Equal(0, _bench.Compare());
        Assert.Contains("<details>\n<summary>demo: 1 inside its band, 17 same; mean change: scores −0.05 points, memory 0 %</summary>", _bench.Comment, StringComparison.Ordinal);
        Assert.Contains("| inside its band | demo · `small` · `lora` · `mrpc` · seed 1<br>`f1` | 81 | 80.4 | −0.60 | ± 1 |", _bench.Comment[_bench.Comment.IndexOf("<details>", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public void What_moved_on_equal_hardware_is_said_with_the_way_of_its_training_loss()
    {
        _bench.Shop.Put("before/demo.bands.csv", CsvFile.Render([new BandRow { Table = "demo", Model = "small", Method = "lora", Task = "cola", Quantity = "train_loss", Band = 0.1, Runs = 3 }]));
        _bench.Plant(",train_loss,0.4,", ",train_loss,0.41,");
        Assert.Equal(0, _bench.Compare());
        Assert.Matches("this change moved those of 1 of \\d+ cells\\. Their training loss rose in 1 and fell in 0, by \\+2\\.50 % on average\\.\n", _bench.Comment);
    }

    [Fact]
    public void Both_sides_say_where_they_ran_and_a_difference_is_a_warning()
    {
        _bench.Compare();
        Assert.DoesNotContain("⚠", _bench.Comment, StringComparison.Ordinal);
        _bench.Shop.Put("results/mini/demo.runs.csv", _bench.Shop.Read("results/mini/demo.runs.csv").Replace("a processor", "another processor", StringComparison.Ordinal).Replace("abc1234,false", "def5678,true", StringComparison.Ordinal));
        Assert.Equal(0, _bench.Compare());
        Assert.Contains("| measured at commit | `abc1234` | `def5678` with uncommitted changes |", _bench.Comment, StringComparison.Ordinal);
        Assert.Contains("| hardware | `a processor; 2 threads; BLAS OpenBLAS; Debian` | `another processor; 2 threads; BLAS OpenBLAS; Debian` |", _bench.Comment, StringComparison.Ordinal);
        Assert.Contains("⚠ Another hardware on either side", _bench.Comment, StringComparison.Ordinal);
    }

    [Fact]
    public void A_git_reference_is_a_baseline()
    {
        Git("init", "-q", "-b", "trunk");
        Git("add", "results", "experiments");
        Git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "results");
        _bench.Plant(",f1,81,", ",f1,70,");
        Assert.Equal(3, _bench.Compare("trunk"));
        Assert.Matches("\\| results \\| `trunk` at `[0-9a-f]{10}` \\| `results/mini` \\|", _bench.Comment);
        Assert.Contains("neither a folder nor a git reference", _bench.Refusal("twig"), StringComparison.Ordinal);
        Assert.Contains("neither a folder nor a git reference", _bench.Refusal("--all"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_in_a_commit_is_refused()
    {
        string file = Path.Combine(_bench.Shop.Root, ResultsBench.Results);
        File.Delete(file);
        File.CreateSymbolicLink(file, "/etc/passwd");
        Git("init", "-q", "-b", "trunk");
        Git("add", "results");
        Git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "results");
        Assert.Contains("is no plain file", _bench.Refusal("trunk"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_comment_stays_short_with_5000_changed_rows()
    {
        var rows = new List<ResultRow>();
        for (int seed = 0; seed < 5000; seed++)
        {
            rows.Add(new ResultRow { Scale = "mini", Table = "demo", Model = new string('m', 100), Method = new string('a', 100), Task = new string('t', 100), Seed = seed, Metric = new string('q', 100), Value = 1e300 });
            rows.Add(rows[^1] with { Metric = "f1", Value = 50 });
        }

        _bench.Shop.Put("before/demo.csv", CsvFile.Render(rows));
        _bench.Shop.Put(ResultsBench.Results, CsvFile.Render(rows.Select(row => row with { Value = row.Metric == "f1" ? row.Value - 0.5 : row.Value / 3 })));
        Assert.Equal(3, _bench.Compare());
        Assert.InRange(_bench.Comment.Length, 10_000, RegressionComment.MostCharacters);
        Assert.Matches("and 4\\d{3} more", _bench.Comment);
        Assert.Equal("**Regression: 5000 worse, 5000 inside its band** (scale mini, demo)", _bench.Comment.Split('\n')[1]);
    }

    private void Git(params string[] arguments) => Assert.Equal(0, Command.Run("git", arguments, _bench.Shop.Root).Code);
}
