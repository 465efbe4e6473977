using System.Text.Json;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Cli;

public sealed class TokenizeTests : IDisposable
{
    private static readonly string Bert = Golden.Path("vocab/bert-base-uncased");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_text_a_line_in_and_out()
    {
        var rows = Rows("""{"text": "Hello, world"}""" + "\n\n" + """{"a": "who", "b": "me and you", "max_length": 6}""" + "\n");
        Assert.Equal(["[CLS]", "hello", ",", "world", "[SEP]"], Strings(rows[0], "pieces"));
        Assert.Equal("[[0,0],[0,5],[5,6],[7,12],[0,0]]", rows[0].GetProperty("offsets").GetRawText());
        Assert.Equal(["[CLS]", "who", "[SEP]", "me", "and", "[SEP]"], Strings(rows[1], "pieces"));
        Assert.Equal("[0,0,0,1,1,1]", rows[1].GetProperty("types").GetRawText());
    }

    [Fact]
    public void With_a_stride_a_line_a_window()
    {
        var rows = Rows("""{"text": "one two three four five"}""", "--max-length", "5", "--stride", "1");
        Assert.Equal([["one", "two", "three"], ["three", "four", "five"]], rows.Select(row => Strings(row, "pieces")[1..^1]));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\nnonsense", "line 2: it is not valid JSON")]
    [InlineData("[1]", "line 1: found a JSON Array")]
    [InlineData("{\"txt\": \"a\"}", "line 1: found none of the texts")]
    [InlineData("{\"text\": \"a\", \"max_length\": -3}", "line 1: 'max_length' is -3")]
    [InlineData("{\"text\": \"a\", \"max_length\": 1}", "line 1: a maximum length of 1")]
    public void A_bad_line_is_named(string text, string sentence)
    {
        var file = folder.File("texts.jsonl", text);
        var outcome = CommandLine.Run("tokenize", "--tokenizer", Bert, "--input", file);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(sentence, Assert.Single(outcome.Errors), StringComparison.Ordinal);
        Assert.Contains("texts.jsonl", outcome.Error, StringComparison.Ordinal);
    }

    private static JsonElement[] Rows(string input, params string[] more)
    {
        var outcome = CommandLine.Run(["tokenize", "--tokenizer", Bert, .. more], default, input);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string[] Strings(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
}
