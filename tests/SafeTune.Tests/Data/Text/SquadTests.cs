using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class SquadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Questions_come_with_their_passage_and_answers()
    {
        var data = Squad.Load(Write(Json("In 1998 it opened.", Answer("1998", 3), Answer("In 1998", 0))));
        var question = Assert.IsType<QuestionExample>(Assert.Single(data.Examples));
        Assert.Equal(("q1", "When?", "In 1998 it opened.", 3), (question.Id, question.Question, question.Passage, question.AnswerStart));
        Assert.Equal(["1998", "In 1998"], question.Answers);
        Assert.Equal((TaskKind.QuestionAnswering, 2), (data.Task, data.Labels));
    }

    [Fact]
    public void Offsets_count_code_points() =>
        Assert.Equal(5, ((QuestionExample)Squad.Load(Write(Json("😀 in Paris", Answer("Paris", 5)))).Examples[0]).AnswerStart);

    [Theory]
    [InlineData("has the answer 'Rome' at 3, and the paragraph has something else there", "Rome", 3)]
    [InlineData("has the answer '1998' at -1", "1998", -1)]
    [InlineData("has the answer '1998' at 99", "1998", 99)]
    public void An_answer_that_is_not_where_its_offset_says_is_told(string sentence, string text, int start)
    {
        var path = Write(Json("In 1998 it opened.", Answer(text, start)));
        var message = Assert.Throws<UsageException>(() => Squad.Load(path)).Message;
        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains("'q1'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version": "1.1"}""", "has no list 'data'")]
    [InlineData("""{"data": [{"paragraphs": [{"qas": []}]}]}""", "has no text 'context'")]
    [InlineData("""{"data": [{"paragraphs": [{"context": "x", "qas": [{"id": "a", "question": "b", "answers": []}]}]}]}""", "has no answer")]
    [InlineData("""{"data": []}""", "not one question")]
    [InlineData("{", "not valid JSON at line 1")]
    public void A_file_of_another_layout_is_told(string json, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => Squad.Load(Write(json))).Message, StringComparison.Ordinal);

    [HubFact]
    public void The_hubs_files_have_their_counts()
    {
        var folder = Path.Combine(Golden.Hub!, "datasets", "squad");
        Assert.Equal(11_877, Squad.Load(Path.Combine(folder, "train-v1.1.json")).Examples.Count);
        Assert.NotEmpty(Squad.Load(Path.Combine(folder, "dev-v1.1.json")).Examples);
    }

    [Fact]
    public void Damaged_files_load_or_are_told_in_a_sentence()
    {
        var whole = File.ReadAllBytes(Write(Json("In 1998 it opened – 😀.", Answer("1998", 3))));
        Damage.IsSurvived(Path.Combine(folder.Path, "damaged.json"), whole, path => Squad.Load(path));
    }

    private string Write(string json)
    {
        var path = Path.Combine(folder.Path, "train-v1.1.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static string Json(string context, params string[] answers) =>
        $$"""{"data": [{"title": "t", "paragraphs": [{"context": "{{context}}", "qas": [{"id": "q1", "question": "When?", "answers": [{{string.Join(", ", answers)}}]}]}]}]}""";

    private static string Answer(string text, int start) => $$"""{"text": "{{text}}", "answer_start": {{start}}}""";
}
