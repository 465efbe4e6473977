using SafeTune.Data;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Batching;

/// <summary>Questions with their passages, in overlapping windows where a passage is long.</summary>
/// <remarks>As transformers' run_qa.py: a window that lacks a part of the answer learns its first token, [CLS] or &lt;s&gt;, as start and end.</remarks>
/// <param name="tokenizer">The model's.</param>
/// <param name="maxLength">Tokens in a window, the question and the special ones included.</param>
/// <param name="stride">Tokens that neighbouring windows share.</param>
public sealed class QuestionEncoder(Tokenizer tokenizer, int maxLength, int stride) : ExampleEncoder
{
    /// <inheritdoc/>
    public override EncodedExample Encode(Example example) => Parts(example).First();

    /// <inheritdoc/>
    public override IEnumerable<EncodedExample> Parts(Example example)
    {
        if (example is not QuestionExample question) throw Unreadable(example, "questions about passages");
        // Leading blanks would make windows of the question alone.
        var asked = question.Question.TrimStart();
        var end = question.AnswerStart + question.Answers[0].EnumerateRunes().Count();
        return tokenizer.Windows(asked, question.Passage, maxLength, stride).Select(window => new QuestionWindow(window, Span(window, question.AnswerStart, end)));
    }

    /// <inheritdoc/>
    public override Batch Stack(IReadOnlyList<EncodedExample> examples, Device? device)
    {
        QuestionWindow[] rows = [.. examples.Cast<QuestionWindow>()];
        var spans = rows.SelectMany(row => new long[] { row.Span.First, row.Span.Last }).ToArray();
        return TextBatch.Of(
            [.. rows.Select(row => row.Encoding.Ids)], [.. rows.Select(row => row.Encoding.Types)], tokenizer.PadId, tensor(spans, [rows.Length, 2], ScalarType.Int64, device), device);
    }

    // The tokens that cover [start, end) of the passage.
    private static (int First, int Last) Span(Encoding window, int start, int end)
    {
        var (from, to) = window.Pair;
        if (from == to || window.Offsets[from].Start > start || window.Offsets[to - 1].End < end) return (0, 0);
        var (first, last) = (from, to - 1);
        while (first < to && window.Offsets[first].Start <= start) first++;
        while (last >= from && window.Offsets[last].End >= end) last--;
        return (first - 1, last + 1);
    }
}

/// <summary>One window of a question's passage.</summary>
/// <param name="Encoding">Question and window.</param>
/// <param name="Span">First and last token of the answer; both 0 where it is not in this window.</param>
internal sealed record QuestionWindow(Encoding Encoding, (int First, int Last) Span) : EncodedExample(Encoding.Length);
