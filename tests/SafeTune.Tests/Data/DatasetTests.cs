using FsCheck;
using FsCheck.Fluent;
using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class DatasetTests
{
    [Fact]
    public void The_hash_depends_on_texts_pairs_labels_and_order_and_on_nothing_else()
    {
        var data = Of([new("a", "b", 0), new("c", null, 1)]);
        Assert.Equal(data.Hash, (data with { Name = "other", Split = "dev", SkippedRows = 3 }).Hash);
        TextExample[][] others =
        [
            [new("a", "b", 0)], [new("c", null, 1), new("a", "b", 0)], [new("a", "b", 1), new("c", null, 1)], [new("a", "b", 0), new("c", "", 1)],
            [new("ab", "", 0), new("c", null, 1)], [new("a", "b", double.NaN), new("c", null, 1)],
        ];
        Assert.Equal(others.Length, others.Select(rows => Of(rows).Hash).Where(hash => hash != data.Hash).Distinct().Count());
    }

    [Fact]
    public void The_hash_of_given_rows_never_changes() =>
        Assert.Equal("d227c367", Of([new("Straße 😀", "b", 0.5), new("c", null, double.NaN)]).Hash[..8]);

    [Fact]
    public void A_split_keeps_every_row_once_in_order_and_classes_in_their_shares() =>
        Prop.ForAll(Gen.Choose(20, 300).ToArbitrary(), Gen.Choose(5, 95).ToArbitrary(), (rows, percent) =>
        {
            var data = Of([.. Enumerable.Range(0, rows).Select(i => new TextExample(i.ToString("D4", null), null, i % 7 == 0 ? 2 : i % 2))]);
            var (train, validation) = data.SplitOff(percent / 100.0, seed: rows);
            Assert.Equal(data.Examples, train.Examples.Concat(validation.Examples).OrderBy(row => ((TextExample)row).Text, StringComparer.Ordinal));
            Assert.Equal(train.Examples, train.Examples.OrderBy(row => ((TextExample)row).Text, StringComparer.Ordinal));
            Assert.Equal(validation.Examples, validation.Examples.OrderBy(row => ((TextExample)row).Text, StringComparer.Ordinal));
            var room = 0;
            foreach (var label in new double[] { 0, 1, 2 })
            {
                var size = data.Examples.Count(row => row.Label == label);
                var share = size * (percent / 100.0);
                Assert.InRange(validation.Examples.Count(row => row.Label == label), Math.Floor(share), Math.Ceiling(share + 1e-9));
                Assert.Contains(train.Examples, row => row.Label == label);
                room += Math.Min((int)Math.Ceiling(share), size - 1);
            }

            Assert.Equal(Math.Min((int)Math.Round(rows * (percent / 100.0), MidpointRounding.AwayFromZero), room), validation.Examples.Count);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_split_repeats_with_its_seed_and_changes_with_another()
    {
        var data = Of([.. Enumerable.Range(0, 100).Select(i => new TextExample($"{i}", null, i % 2))]);
        Assert.Equal(data.SplitOff(0.2, 7).Validation.Hash, data.SplitOff(0.2, 7).Validation.Hash);
        Assert.NotEqual(data.SplitOff(0.2, 7).Validation.Hash, data.SplitOff(0.2, 8).Validation.Hash);
    }

    [Fact]
    public void A_split_of_a_regression_is_by_rows()
    {
        var data = new Dataset("r", "train", [.. Enumerable.Range(0, 10).Select(i => new TextExample($"{i}", null, i / 3.0))], null, 0);
        var (train, validation) = data.SplitOff(0.3, 1);
        Assert.Equal((7, 3, "train-validation"), (train.Examples.Count, validation.Examples.Count, validation.Split));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(10)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_0_to_1_is_refused(double fraction) =>
        Assert.Contains("above 0 and below 1", Assert.Throws<UsageException>(() => Two.SplitOff(fraction, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Too_few_rows_to_split_are_refused() =>
        Assert.Contains("too few", Assert.Throws<UsageException>(() => Two.SplitOff(0.1, 1)).Message, StringComparison.Ordinal);

    private static Dataset Two => Of([new("a", null, 0), new("b", null, 1)]);

    private static Dataset Of(TextExample[] rows) => new("test", "train", rows, ["a", "b", "c"], 0);
}
