using System.Text;
using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class InstructionsTests : IDisposable
{
    private const string Alpaca = """[{"instruction": "Add.", "input": "1 and 2", "output": "3"}, {"instruction": "Say hi.", "input": "", "output": "Hi \u00e9!"}]""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_answer_is_learnt_after_the_usual_prompt()
    {
        var data = Instructions.Load(Write("a.json", Alpaca));
        var first = Assert.IsType<PromptExample>(data.Examples[0]);
        Assert.EndsWith("### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:\n", first.Prompt, StringComparison.Ordinal);
        Assert.Equal("3", first.Completion);
        Assert.EndsWith("request.\n\n### Instruction:\nSay hi.\n\n### Response:\n", ((PromptExample)data.Examples[1]).Prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"instruction\": \"Add.\", \"context\": \"1 and 2\", \"response\": \"3\"}\n{\"instruction\": \"Hi\", \"response\": \"Ho\"}\n")]
    [InlineData("a.json", "[{\"instruction\": \"Add.\", \"context\": \"1 and 2\", \"response\": \"3\"}, {\"instruction\": \"Hi\", \"response\": \"Ho\"}]")]
    public void Other_styles_and_lines_are_read(string name, string text)
    {
        var data = Instructions.Load(Write(name, text));
        Assert.Equal(2, data.Examples.Count);
        Assert.Contains("### Input:\n1 and 2", ((PromptExample)data.Examples[0]).Prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"output": "3"}]""", "row 1: there is no text 'instruction'")]
    [InlineData("""[{"instruction": "a", "output": "b"}, {"instruction": "a"}]""", "row 2: there is no text 'output' or 'response'")]
    [InlineData("""[1]""", "row 1: it is no JSON object")]
    [InlineData("""{"instruction": "a"}""", "row 1: it is not valid JSON; expected an array of objects")]
    [InlineData("""[]""", "not one instruction")]
    public void A_broken_file_is_told(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => Instructions.Load(Write("a.json", text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Damaged_files_load_or_are_told_in_a_sentence() =>
        Damage.IsSurvived(Path.Combine(folder.Path, "b.json"), Encoding.UTF8.GetBytes(Alpaca), path => Instructions.Load(path));

    [HubFact]
    public void The_hubs_files_have_their_counts()
    {
        var instruction = Path.Combine(Golden.Hub!, "datasets", "instruction");
        Assert.Equal(999, Instructions.Load(Path.Combine(instruction, "llama-factory", "alpaca_en_demo.json")).Examples.Count);
        Assert.NotEmpty(Instructions.Load(Path.Combine(instruction, "litgpt-fixtures", "dolly.json")).Examples);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
