using System.Globalization;
using System.Text.Json;
using SafeTune.Data;

namespace SafeTune.Cli;

/// <summary>A question of SQuAD: its id, the answer of a model (null without one) and the right answers.</summary>
internal sealed record Question(string Id, string? Answer, IReadOnlyList<string> Right);

/// <summary>Reads what <c>safetune score</c> compares; what is wrong is told with file and line.</summary>
internal static class ScoreFiles
{
    /// <summary>A text a line against items of one or more lines, separated by an empty one.</summary>
    public static (IReadOnlyList<string> Hypotheses, IReadOnlyList<IReadOnlyList<string>> References) E2e(string hypotheses, string references)
    {
        var said = Lines(hypotheses, "one text a line");
        List<IReadOnlyList<string>> items = [];
        List<string> item = [];
        // An empty line at the end closes the last item.
        foreach (var line in Lines(references, "one reference a line and an empty line between items").Append(""))
        {
            if (line.Length > 0) item.Add(line);
            else if (item.Count > 0)
            {
                items.Add(item);
                item = [];
            }
        }

        // A file without empty lines has one reference an item, as measure_scores.py reads it.
        if (items.Count == 1 && said.Count > 1) items = [.. items[0].Select(line => (IReadOnlyList<string>)[line])];
        if (items.Count == 0) throw new UsageException($"'{references}' has empty lines only; expected one reference a line and an empty line between items.");
        return said.Count == items.Count ? (said, items) : throw new UsageException(
            $"'{hypotheses}' has {said.Count} lines and '{references}' {items.Count} items; expected one hypothesis an item. An empty hypothesis is an empty line, and items are separated by one.");
    }

    /// <summary>The questions of a SQuAD v1.1 dataset with the answers of a file of predictions.</summary>
    public static IReadOnlyList<Question> Squad(string predictions, string dataset)
    {
        const string Expected = "expected an object with the answer by question id, {\"56be4db0acb8001400a502ec\": \"Denver Broncos\"}";
        using var answers = Parse(predictions, Expected);
        if (answers.RootElement.ValueKind != JsonValueKind.Object) throw new UsageException($"'{predictions}' is a JSON {answers.RootElement.ValueKind}; {Expected}.");
        var said = Predictions(predictions, answers.RootElement);
        var right = Answers(dataset);
        var known = right.Select(question => question.Id).ToHashSet();
        if (said.Keys.FirstOrDefault(id => !known.Contains(id)) is { } unknown)
            throw new UsageException($"'{predictions}' answers the question '{unknown}', which '{dataset}' does not have.{Nearest.Hint(unknown, known)} Give the dataset that was answered.");
        return said.Count > 0
            ? [.. right.Select(question => question with { Answer = said.GetValueOrDefault(question.Id) })]
            : throw new UsageException($"'{predictions}' has no answers; {Expected}.");
    }

    /// <summary>One label a line on either side, as class indices or numbers.</summary>
    public static (double[] Hypotheses, double[] References) Labels(GlueTask task, string hypotheses, string references)
    {
        var (said, right) = (Labels(task, hypotheses), Labels(task, references));
        return said.Length == right.Length ? (said, right) : throw new UsageException(
            $"'{hypotheses}' has {said.Length} lines and '{references}' {right.Length}; expected one label a line in the same order in both.");
    }

    private static double[] Labels(GlueTask task, string file)
    {
        var expected = task.LabelNames is { } names ? $"{string.Join(", ", names)} or an index from 0 to {names.Count - 1}" : "a number such as 3.5";
        return [.. Lines(file, "one label a line: " + expected).Select((line, i) => Label(task, line) ?? throw new UsageException($"'{file}', line {i + 1}: '{line}' is no label of {task.Name}; expected {expected}."))];
    }

    private static double? Label(GlueTask task, string text)
    {
        var number = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : (double?)null;
        if (task.LabelNames is not { } names) return number;
        var named = names.ToList().FindIndex(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return named >= 0 ? named : number is { } index && index >= 0 && index < names.Count && index == Math.Floor(index) ? index : null;
    }

    private static List<string> Lines(string file, string expected)
    {
        CheckThere(file, expected);
        // Spaces around a line are no part of its text.
        List<string> lines = [.. TextLines.Of(file).Select(line => line.Trim())];
        return lines.Count > 0 ? lines : throw new UsageException($"'{file}' is empty; expected {expected}.");
    }

    private static Dictionary<string, string> Predictions(string file, JsonElement answers)
    {
        Dictionary<string, string> said = [];
        foreach (var answer in answers.EnumerateObject())
        {
            if (answer.Value.ValueKind != JsonValueKind.String)
                throw new UsageException($"'{file}': the answer to '{answer.Name}' is {answer.Value.GetRawText()}; expected a text in quotes.");
            try
            {
                said[answer.Name] = answer.Value.GetString()!;
            }
            catch (InvalidOperationException wrong)
            {
                throw new UsageException($"'{file}' has a text that is not Unicode, {answer.Value.GetRawText()}: a half of a surrogate pair stands alone; write it as \\ufffd.", wrong);
            }
        }

        return said;
    }

    private static List<Question> Answers(string dataset)
    {
        const string Expected = "expected SQuAD v1.1, {\"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": …, \"answers\": [{\"text\": …}]}]}]}]}";
        using var json = Parse(dataset, Expected);
        try
        {
            var questions = json.RootElement.GetProperty("data").EnumerateArray()
                .SelectMany(article => article.GetProperty("paragraphs").EnumerateArray())
                .SelectMany(paragraph => paragraph.GetProperty("qas").EnumerateArray())
                .Select(question => new Question(question.GetProperty("id").GetString()!, null, [.. question.GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("text").GetString()!)]))
                .ToList();
            if (questions.Find(question => question.Right.Count == 0) is { } open)
                throw new UsageException($"'{dataset}': the question '{open.Id}' has no answer; {Expected}, with at least one answer a question.");
            return questions.Count > 0 ? questions : throw new UsageException($"'{dataset}' has no questions; {Expected}.");
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or InvalidOperationException)
        {
            throw new UsageException($"'{dataset}' has another layout; {Expected}.", wrong);
        }
    }

    private static JsonDocument Parse(string file, string expected)
    {
        CheckThere(file, expected);
        try
        {
            return JsonDocument.Parse(File.ReadAllText(file));
        }
        catch (JsonException wrong)
        {
            throw new UsageException($"'{file}', line {wrong.LineNumber + 1}: it is not valid JSON; {expected}.", wrong);
        }
    }

    private static void CheckThere(string file, string expected)
    {
        if (!File.Exists(file)) throw new UsageException($"There is no file '{file}'; {(expected.StartsWith("expected", StringComparison.Ordinal) ? expected : "expected " + expected)}.");
    }
}
