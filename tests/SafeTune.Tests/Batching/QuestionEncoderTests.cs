using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Batching;

public sealed class QuestionEncoderTests
{
    private readonly Tokenizer tokenizer = AutoTokenizer.Load(Golden.Path("vocab/bert-base-uncased"));

    [Fact]
    public void The_span_covers_the_answer()
    {
        var window = Assert.Single(Windows(new QuestionExample("q", " When did it open?", "In 1998 the Eiffeltower opened again.", ["Eiffeltower opened"], 12), 64, 10));
        Assert.Equal("Eiffeltower opened", Text("In 1998 the Eiffeltower opened again.", window));
    }

    [Fact]
    public void A_window_without_the_whole_answer_learns_its_first_token()
    {
        var passage = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"word{i}"));
        var windows = Windows(new QuestionExample("q", "Which?", passage, ["word30"], passage.IndexOf("word30", StringComparison.Ordinal)), 32, 8);
        Assert.True(windows.Length > 3);
        Assert.All(windows, window => Assert.True(window.Span == (0, 0) || Text(passage, window) == "word30"));
        Assert.Contains(windows, window => window.Span != (0, 0));
        Assert.Contains(windows, window => window.Span == (0, 0));
    }

    [HubFact]
    public void The_answers_of_real_questions_are_found_again()
    {
        var data = Squad.Load(Path.Combine(Golden.Hub!, "datasets", "squad", "train-v1.1.json"), most: 500);
        var found = 0;
        foreach (QuestionExample question in data.Examples.Cast<QuestionExample>())
        {
            var spans = Windows(question, 256, 96).Where(window => window.Span != (0, 0)).Select(window => Text(question.Passage, window)).ToArray();
            if (spans.Length == 0) continue;
            found++;
            // A token may be longer than the answer, never shorter.
            Assert.All(spans, span => Assert.Contains(question.Answers[0].Trim(), span, StringComparison.Ordinal));
        }

        Assert.True(found > 495, $"{found} of 500");
    }

    private QuestionWindow[] Windows(QuestionExample question, int length, int stride) => [.. new QuestionEncoder(tokenizer, length, stride).Parts(question).Cast<QuestionWindow>()];

    private static string Text(string passage, QuestionWindow window)
    {
        var runes = passage.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        return string.Concat(runes[window.Encoding.Offsets[window.Span.First].Start..window.Encoding.Offsets[window.Span.Last].End]);
    }
}
