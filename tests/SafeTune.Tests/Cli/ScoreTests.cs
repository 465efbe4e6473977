using System.Text.Json;

namespace SafeTune.Tests.Cli;

public sealed class ScoreTests : IDisposable
{
    private const string Dataset = """{"data": [{"paragraphs": [{"qas": [{"id": "q1", "answers": [{"text": "Denver"}]}, {"id": "q2", "answers": [{"text": "red"}, {"text": "blue"}]}]}]}]}""";

    private readonly string folder = Directory.CreateTempSubdirectory("safetune-score-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void E2e_prints_what_measure_scores_prints()
    {
        var outcome = Score("e2e", "a b c d\ne f g h\n", "a b c d\nx y\n\ne f g h\n");

        Assert.Equal(0, outcome.Code);
        var lines = outcome.Output.Split('\n');
        // Each of ten different words bears log2(10) bits, and what follows it none.
        Assert.Equal(["SCORES:", "==============", "BLEU: 1.0000", "NIST: 3.3219"], lines[..4]);
        Assert.StartsWith("METEOR: 1.0000 (approximate", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("ROUGE_L: 1.0000", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("CIDEr: ", lines[6], StringComparison.Ordinal);
    }

    [Fact]
    public void E2e_prints_one_json_document_of_either_variant()
    {
        Assert.Equal(["bleu", "nist", "rouge_l", "cider", "meteor", "meteor_is_approximate"], Keys(Score("e2e", "a b\n\n", "a b\n\nc d\n", "--json")));
        Assert.Equal(0, Score("e2e", "a b\nc\n", "a b\n\nc d\n", "--variant", "perl").Code);
    }

    [Fact]
    public void Squad_prints_percentages_and_names_unanswered_questions()
    {
        var outcome = Score("squad", """{"q1": "the Denver"}""", Dataset);

        Assert.Equal((0, "{\"exact_match\":50,\"f1\":50}"), (outcome.Code, outcome.Output.Trim()));
        Assert.Equal("Unanswered question q2 will receive score 0.", Assert.Single(outcome.Errors).Trim());
    }

    [Fact]
    public void Glue_takes_names_and_indices()
    {
        var outcome = Score("mrpc", "1\nequivalent\nnot_equivalent\n0\n", "1\n0\n0\nnot_equivalent\n", "--json");

        Assert.Equal(["accuracy", "f1", "matthews"], Keys(outcome));
        using var json = JsonDocument.Parse(outcome.Output);
        Assert.Equal(0.75, json.RootElement.GetProperty("accuracy").GetDouble());
        Assert.Equal(["pearson", "spearman"], Keys(Score("stsb", "1\n2.5\n", "0\n5\n", "--json")));
    }

    [Theory]
    [InlineData("e2e", "a\n", "a\n\nb\n", "hypotheses.txt' has 1 lines and")]
    [InlineData("e2e", "", "a\n", "hypotheses.txt' is empty; expected one text a line.")]
    [InlineData("e2e", "a\n", "", "references.txt' is empty; expected one reference a line")]
    [InlineData("e2e", "a\n", "\n\n", "references.txt' has empty lines only")]
    [InlineData("squad", "{", Dataset, "hypotheses.txt', line 1: it is not valid JSON; expected an object")]
    [InlineData("squad", "[]", Dataset, "hypotheses.txt' is a JSON Array; expected an object")]
    [InlineData("squad", "{}", Dataset, "hypotheses.txt' has no answers")]
    [InlineData("squad", """{"q1": 5}""", Dataset, "the answer to 'q1' is 5; expected a text")]
    [InlineData("squad", """{"q1": "\ud800"}""", Dataset, "hypotheses.txt' has a text that is not Unicode")]
    [InlineData("squad", """{"q9": "x"}""", Dataset, "answers the question 'q9', which")]
    [InlineData("squad", """{"q1": "x"}""", "{\n\"data\": 5", "references.txt', line 2: it is not valid JSON; expected SQuAD v1.1")]
    [InlineData("squad", """{"q1": "x"}""", """{"data": 5}""", "references.txt' has another layout; expected SQuAD v1.1")]
    [InlineData("squad", """{"q1": "x"}""", """{"data": []}""", "references.txt' has no questions")]
    [InlineData("squad", """{"q1": "x"}""", """{"data": [{"paragraphs": [{"qas": [{"id": "q1", "answers": []}]}]}]}""", "the question 'q1' has no answer")]
    [InlineData("cola", "1\n", "1\n0\n", "hypotheses.txt' has 1 lines and")]
    [InlineData("cola", "1\n2\n", "1\n0\n", "hypotheses.txt', line 2: '2' is no label of cola; expected unacceptable, acceptable or an index from 0 to 1.")]
    [InlineData("cola", "", "1\n", "hypotheses.txt' is empty; expected one label a line")]
    [InlineData("stsb", "NaN\n", "1\n", "hypotheses.txt', line 1: 'NaN' is no label of stsb; expected a number such as 3.5.")]
    [InlineData("rte", "1\n", "NaN\n", "references.txt', line 1: 'NaN' is no label of rte")]
    [InlineData("sqaud", "1\n", "1\n", "The metric 'sqaud' is not known; known: e2e, squad, cola")]
    public void What_is_wrong_is_told_in_one_sentence(string metric, string hypotheses, string references, string sentence)
    {
        var outcome = Score(metric, hypotheses, references);

        Assert.Equal((2, ""), (outcome.Code, outcome.Output));
        Assert.Contains(sentence, Assert.Single(outcome.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_options_are_told_in_one_sentence()
    {
        Assert.Contains("--variant takes pymteval or perl, not 'pearl'. Did you mean 'perl'?", Score("e2e", "a\n", "a\n", "--variant", "pearl").Error, StringComparison.Ordinal);
        Assert.Contains("--variant is for e2e alone", Score("cola", "1\n", "1\n", "--variant", "perl").Error, StringComparison.Ordinal);
        Assert.Contains("There is no file 'absent.txt'", CommandLine.Run("score", "e2e", "--hypotheses", "absent.txt", "--references", "absent.txt").Error, StringComparison.Ordinal);
    }

    private static string[] Keys(Outcome outcome)
    {
        using var json = JsonDocument.Parse(outcome.Output);
        return [.. json.RootElement.EnumerateObject().Select(property => property.Name)];
    }

    private Outcome Score(string metric, string hypotheses, string references, params string[] more)
    {
        var (said, right) = (Path.Combine(folder, "hypotheses.txt"), Path.Combine(folder, "references.txt"));
        File.WriteAllText(said, hypotheses);
        File.WriteAllText(right, references);
        return CommandLine.Run(["score", metric, "--hypotheses", said, "--references", right, .. more]);
    }
}
