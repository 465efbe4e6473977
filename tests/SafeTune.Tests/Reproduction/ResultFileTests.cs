using System.Globalization;
using SafeTune.Reproduction.Results;

namespace SafeTune.Tests.Reproduction;

public sealed class ResultFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetune-").FullName;
    private string RowsFile => Path.Combine(_folder, "rows.csv");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rows_come_back_as_they_were()
    {
        ResultRow[] rows =
        [
            new() { Method = "lora", Value = 85.71428571, MemoryBeforeBytes = long.MaxValue, Reason = "a, \"quoted\" reason", FrozenFraction = 0.5, LowestTrainableLayer = 0 },
            new() { Method = "lora+safe", Status = "failed", Reason = "=not a formula" },
        ];
        CsvFile.Write(RowsFile, rows);
        Assert.Equal(rows, CsvFile.Read<ResultRow>(RowsFile));
        RunRow[] runs = [new() { Dirty = true, TrainSeconds = 1.5, StartedUtc = "2025-01-01T00:00:00Z" }];
        CsvFile.Write(RowsFile, runs);
        Assert.Equal(runs, CsvFile.Read<RunRow>(RowsFile));
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            Assert.Contains(",85.5,", CsvFile.Render<ResultRow>([new() { Value = 85.5 }]), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("seed", "sead", "line 1: expected the columns")]
    [InlineData(",7,", ",seven,", "line 2: 'seven' is no value for seed")]
    [InlineData(",7,", ",", "line 2: expected 31 fields, found 30")]
    public void A_broken_file_is_named_with_its_line(string right, string wrong, string says)
    {
        File.WriteAllText(RowsFile, CsvFile.Render<ResultRow>([new() { Seed = 7 }]).Replace(right, wrong, StringComparison.Ordinal));
        Assert.Contains(says, Assert.Throws<UsageException>(() => CsvFile.Read<ResultRow>(RowsFile)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_has_no_rows() => Assert.Empty(CsvFile.Read<ResultRow>(RowsFile));

    [Fact]
    public void A_spread_of_one_seed_has_no_deviation()
    {
        Assert.Null(Spread.Of([null]));
        Assert.Equal(new Spread(2, null, 1), Spread.Of([2.0]));
        Assert.Equal(new Spread(2, 1, 3), Spread.Of([1.0, 2.0, 3.0]));
    }
}
