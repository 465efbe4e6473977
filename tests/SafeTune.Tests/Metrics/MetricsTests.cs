using FsCheck;
using FsCheck.Fluent;
using SafeTune.Metrics;

namespace SafeTune.Tests.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public void Matthews_is_0_when_one_class_is_all_there_is()
    {
        Assert.Equal(0, Classification.Matthews([1, 1, 1], [1, 0, 1]));
        Assert.Equal(0, Classification.Matthews([1, 0, 1], [1, 1, 1]));
        Assert.Equal(0, Classification.Matthews([1], [1]));
    }

    [Fact]
    public void F1_is_0_without_a_hit()
    {
        Assert.Equal(0, Classification.F1([0, 0], [0, 0]));
        Assert.Equal(0, Classification.F1([1, 0], [0, 1]));
    }

    [Fact]
    public void Matthews_survives_counts_whose_product_overflows()
    {
        var expected = Enumerable.Range(0, 400_000).Select(i => i % 2).ToArray();
        Assert.Equal(1, Classification.Matthews(expected, expected), 12);
        Assert.Equal(-1, Classification.Matthews(expected, [.. expected.Select(c => 1 - c)]), 12);
    }

    [Fact]
    public void Correlations_of_something_constant_are_not_a_number()
    {
        Assert.Equal(double.NaN, Correlation.Pearson([0.1, 0.1, 0.1], [1, 2, 3]));
        Assert.Equal(double.NaN, Correlation.Spearman([1, 2, 3], [0.1, 0.1, 0.1]));
        Assert.Equal(double.NaN, Correlation.Pearson([1], [1]));
        Assert.Equal(double.NaN, Correlation.Pearson([1, 2, double.NaN], [1, 2, 3]));
        Assert.Equal(double.NaN, Correlation.Spearman([1, 2, 3], [1, double.PositiveInfinity, 3]));
    }

    [Fact]
    public void Spearman_gives_ties_their_mean_rank() =>
        Assert.Equal(0.9486832980505138, Correlation.Spearman([1, 2, 2, 4], [1, 2, 3, 4]), 15);

    [Fact]
    public void Pearson_survives_tiny_and_huge_scores()
    {
        Assert.Equal(1, Correlation.Pearson([1e-200, 2e-200, 3e-200], [1e200, 2e200, 3e200]), 12);
        Assert.Equal(1, Correlation.Pearson([1e9 + 1, 1e9 + 2, 1e9 + 3], [1, 2, 3]), 6);
    }

    [Fact]
    public void Correlations_do_not_change_with_the_order_of_the_rows_nor_with_a_shift() =>
        Prop.ForAll(Pairs(Gen.Choose(-50, 50)), pairs =>
        {
            double[] x = [.. pairs.Select(pair => (double)pair.Item1)], y = [.. pairs.Select(pair => (double)pair.Item2)];
            double[] backX = [.. x.Reverse()], shiftedY = [.. y.Reverse().Select(value => 2 * value + 3)];
            Assert.Equal(Correlation.Pearson(x, y), Correlation.Pearson(backX, shiftedY), 1e-9);
            Assert.Equal(Correlation.Spearman(x, y), Correlation.Spearman(backX, shiftedY), 1e-9);
            Assert.Equal(Correlation.Pearson(x, y), Correlation.Pearson(y, x), 1e-9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Matthews_of_two_classes_is_their_pearson_correlation() =>
        Prop.ForAll(Pairs(Gen.Choose(0, 1)), pairs =>
        {
            int[] x = [.. pairs.Select(pair => pair.Item1)], y = [.. pairs.Select(pair => pair.Item2)];
            var pearson = Correlation.Pearson([.. x.Select(c => (double)c)], [.. y.Select(c => (double)c)]);
            Assert.Equal(double.IsNaN(pearson) ? 0 : pearson, Classification.Matthews(x, y), 1e-9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_metrics_of_a_task_have_their_names()
    {
        Assert.Equal(["accuracy", "f1", "matthews"], TaskMetrics.Of(false, 2, [0, 1], [0, 1]).Keys);
        Assert.Equal(["accuracy", "matthews"], TaskMetrics.Of(false, 3, [0, 1], [0, 2]).Keys);
        Assert.Equal(["pearson", "spearman", "mse"], TaskMetrics.Of(true, 1, [0, 1], [0, 3]).Keys);
        Assert.Equal(2, TaskMetrics.Of(true, 1, [0, 1], [0, 3])["mse"]);
    }

    [Fact]
    public void Rows_that_cannot_be_scored_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Classification.Accuracy([], []));
        Assert.Throws<ArgumentException>(() => Classification.F1([1], [1, 0]));
        Assert.Throws<ArgumentException>(() => Correlation.Pearson([1], [1, 0]));
        Assert.Throws<ArgumentException>(() => TaskMetrics.Of(false, 2, [double.NaN], [0]));
        Assert.Throws<ArgumentException>(() => TaskMetrics.Of(false, 2, [0], [2]));
        Assert.Throws<ArgumentException>(() => TaskMetrics.Of(false, 2, [0], [0.5]));
    }

    private static Arbitrary<(int, int)[]> Pairs(Gen<int> value) =>
        Gen.Choose(1, 40).SelectMany(count => value.SelectMany(x => value.Select(y => (x, y))).ArrayOf(count)).ToArbitrary();
}
