using System.Text;
using SafeTune.Batching;
using SafeTune.Data;

namespace SafeTune.Training;

/// <summary>A possible answer to a question.</summary>
/// <param name="Text">As it stands in the passage.</param>
/// <param name="Score">The sum of its first and last token's logits.</param>
public sealed record Answer(string Text, double Score);

/// <summary>How answers are looked for, as transformers' run_qa.py does.</summary>
/// <param name="Best">So many starts and ends of a window are combined, and so many answers kept.</param>
/// <param name="LongestAnswer">In tokens.</param>
public sealed record AnswerOptions(int Best = 20, int LongestAnswer = 30);

/// <summary>Finds the best answers to questions over all windows of their passages.</summary>
internal static class AnswerSearch
{
    /// <summary>The n-best answers of every question, the best first; at least one each.</summary>
    /// <param name="data">The questions.</param>
    /// <param name="windows">Their windows.</param>
    /// <param name="logits">Of each window: start and end of every token, [seq, 2] row by row; padding may follow.</param>
    /// <param name="options">Limits.</param>
    public static IReadOnlyList<IReadOnlyList<Answer>> Find(Dataset data, Batches windows, IReadOnlyList<double[]> logits, AnswerOptions options)
    {
        var found = data.Examples.Select(_ => new List<(int First, int Last, double Score, int Window)>()).ToArray();
        for (var row = 0; row < windows.Rows; row++)
        {
            var (encoded, example) = windows.Row(row);
            found[example].AddRange(Spans(((QuestionWindow)encoded).Encoding, logits[row], options).Select(span => (span.First, span.Last, span.Score, row)));
        }

        return [.. found.Select((spans, i) => (IReadOnlyList<Answer>)Answers((QuestionExample)data.Examples[i], windows, spans, options))];
    }

    private static Answer[] Answers(QuestionExample question, Batches windows, List<(int First, int Last, double Score, int Window)> spans, AnswerOptions options)
    {
        // A window whose best pairs all lie outside the passage has no answer.
        if (spans.Count == 0) return [new Answer("", 0)];
        return [.. spans.OrderByDescending(span => span.Score).Take(options.Best).Select(span =>
        {
            var offsets = ((QuestionWindow)windows.Row(span.Window).Encoded).Encoding.Offsets;
            return new Answer(Text(question.Passage, offsets[span.First].Start, offsets[span.Last].End), span.Score);
        })];
    }

    private static IEnumerable<(int First, int Last, double Score)> Spans(Tokenization.Encoding window, double[] logits, AnswerOptions options)
    {
        // Padding takes part in no ranking.
        var tokens = Enumerable.Range(0, window.Length);
        int[] starts = [.. tokens.OrderByDescending(token => logits[2 * token]).Take(options.Best)];
        int[] ends = [.. tokens.OrderByDescending(token => logits[(2 * token) + 1]).Take(options.Best)];
        return from start in starts
               where start >= window.Pair.Start && start < window.Pair.End
               from end in ends
               where end >= start && end < window.Pair.End && end - start < options.LongestAnswer
               select (start, end, logits[2 * start] + logits[(2 * end) + 1]);
    }

    // Offsets count code points.
    private static string Text(string passage, int start, int end)
    {
        if (!passage.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return passage[start..end];
        var text = new StringBuilder();
        foreach (var rune in passage.EnumerateRunes().Skip(start).Take(end - start)) text.Append(rune);
        return text.ToString();
    }
}
