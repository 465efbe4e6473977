using SafeTune.Data;
using SafeTune.Reproduction.World.Probes;

namespace SafeTune.Tests.Reproduction.World;

public sealed class LinearProbeTests
{
    [Fact]
    public void Words_that_go_with_a_label_are_learnt() =>
        Assert.Equal(1, LinearProbe.Score(Rows(word => word.Contains("good", StringComparison.Ordinal) ? 1 : 0), Rows(word => word.Contains("good", StringComparison.Ordinal) ? 1 : 0), "accuracy"));

    [Fact]
    public void Words_that_only_count_together_are_not() =>
        Assert.Equal(0.5, LinearProbe.Score(Rows(word => word is "good film" or "not bad film" ? 1 : 0), Rows(word => word is "good film" or "not bad film" ? 1 : 0), "accuracy"));

    [Fact]
    public void Scores_are_learnt_from_features()
    {
        float[][] Features() => [.. Enumerable.Range(0, 20).Select(i => new float[] { i, i % 3 })];
        double[] scores = [.. Enumerable.Range(0, 20).Select(i => i * 0.25)];
        Assert.InRange(LinearProbe.Score(Features(), scores, Features(), scores, classes: 0, "pearson"), 0.99, 1);
    }

    private static Dataset Rows(Func<string, double> label) =>
        new("toy", "train", [.. new[] { "good film", "bad film", "not good film", "not bad film" }.Select(text => new TextExample(text, null, label(text)))], ["negative", "positive"], 0);
}
