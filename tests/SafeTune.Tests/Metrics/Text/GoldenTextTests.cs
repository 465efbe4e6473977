using System.Text.Json;
using SafeTune.Metrics.Text;
using Xunit.Abstractions;

namespace SafeTune.Tests.Metrics.Text;

public sealed class GoldenTextTests(ITestOutputHelper output)
{
    private static readonly Nlg Texts = Read<Nlg>("nlg.json");

    [Theory]
    [InlineData("first_reference")]
    [InlineData("perturbed_20")]
    [InlineData("perturbed_60")]
    [InlineData("short")]
    [InlineData("some_empty")]
    [InlineData("wrong_segment")]
    public void Scores_equal_those_of_pymteval_and_pycocoevalcap(string name)
    {
        var ours = TextMetrics.E2e(Texts.Hypotheses[name], Texts.References, new E2eOptions { MeteorJar = null });
        Dictionary<string, double> found = new() { ["bleu"] = ours.Bleu, ["nist"] = ours.Nist, ["rouge_l"] = ours.RougeL, ["cider"] = ours.Cider, ["meteor"] = ours.Meteor };
        var expected = Texts.Expected[name];

        foreach (var (metric, right) in expected)
            output.WriteLine($"{metric}: {found[metric]:R} for {right:R}, relative difference {Math.Abs(found[metric] / right - 1):E1}, absolute {found[metric] - right:E1}");
        Assert.True(ours.MeteorIsApproximate);
        Assert.True(expected.Count >= 2);
        Assert.All(expected, metric => Assert.InRange(Math.Abs(found[metric.Key] - metric.Value), 0, metric.Key == "meteor" ? 0.03 : 1e-6 * metric.Value));
    }

    [Fact]
    public void Words_equal_those_of_the_stanford_tokenizer()
    {
        var expected = Read<Tokens>("nlg_ptb_tokens.json");

        Assert.Equal(expected.References.SelectMany(item => item), Texts.References.SelectMany(item => item).Select(PtbTokenizer.Tokenize));
        Assert.Equal(Texts.Hypotheses.Keys.Order(), expected.Hypotheses.Keys.Order());
        Assert.All(expected.Hypotheses, set => Assert.Equal(set.Value, Texts.Hypotheses[set.Key].Select(PtbTokenizer.Tokenize)));
    }

    private static T Read<T>(string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(Golden.Path($"metrics/{file}")), JsonSerializerOptions.Web)!;

    private sealed record Nlg(string[][] References, Dictionary<string, string[]> Hypotheses, Dictionary<string, Dictionary<string, double>> Expected);

    private sealed record Tokens(string[][] References, Dictionary<string, string[]> Hypotheses);
}
