using SafeTune.Metrics;

namespace SafeTune.Tests.Metrics;

public sealed class SquadMetricsTests
{
    [Theory]
    [InlineData("The Denver Broncos!", "denver broncos", 100, 100)]
    [InlineData("an  apple-pie", "applepie", 100, 100)]
    [InlineData("in Denver", "Denver", 0, 200 / 3.0)]
    [InlineData("theatre", "atre", 0, 0)]
    [InlineData("b b c", "b c c", 0, 200 / 3.0)]
    [InlineData("The", "a", 100, 0)]
    [InlineData("", "Denver", 0, 0)]
    [InlineData("“Denver”", "Denver", 0, 0)]
    public void Answers_are_scored_as_by_the_official_script(string prediction, string answer, double exact, double f1)
    {
        var scores = SquadMetrics.Of([prediction], [[answer]]);

        Assert.Equal(exact, scores.ExactMatch, 1e-9);
        Assert.Equal(f1, scores.F1, 1e-9);
    }

    [Fact]
    public void The_best_reference_counts_and_questions_are_averaged() =>
        Assert.Equal(new SquadScores(50, 75), SquadMetrics.Of(["x", "y z"], [["w", "x"], ["y q"]]));

    [Fact]
    public void Questions_that_cannot_be_scored_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SquadMetrics.Of([], []));
        Assert.Throws<ArgumentException>(() => SquadMetrics.Of(["a"], []));
        Assert.Throws<ArgumentException>(() => SquadMetrics.Of(["a"], [[]]));
    }
}
