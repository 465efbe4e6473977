using System.Text;
using System.Text.Json;

namespace SafeTune.Data;

/// <summary>SQuAD v1.1 in its official JSON (Rajpurkar et al. 2016): articles, paragraphs, questions, each with answers by their offset in the paragraph.</summary>
public static class Squad
{
    /// <summary>Questions of the published training file.</summary>
    public const int PublishedTrainRows = 87_599;

    private const string HowToGet = "download it from https://rajpurkar.github.io/SQuAD-explorer and put it there.";

    /// <summary>Reads one file.</summary>
    /// <param name="path">train-v1.1.json or dev-v1.1.json, or any file of that layout.</param>
    /// <param name="most">Questions read at most, from the first on; null = all.</param>
    /// <exception cref="UsageException">The file is missing or not of that layout, or an answer does not stand where its offset says: names the file and the question.</exception>
    public static Dataset Load(string path, int? most = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' with SQuAD's questions: {HowToGet}");
        var examples = JsonFile.Read(path, json => Questions(path, json).Take(most ?? int.MaxValue).ToArray());
        if (examples.Length == 0) throw new UsageException($"{path}: there is not one question in it; {HowToGet}");
        return new Dataset("squad", Path.GetFileNameWithoutExtension(path).Split('-')[0], examples, LabelNames: null, SkippedRows: 0) { Task = TaskKind.QuestionAnswering };
    }

    private static IEnumerable<QuestionExample> Questions(string path, JsonElement json)
    {
        foreach (var article in List(path, json, "data", "the file"))
        {
            foreach (var paragraph in List(path, article, "paragraphs", "an article"))
            {
                var passage = Text(path, paragraph, "context", "a paragraph");
                var places = new CodePoints(passage);
                foreach (var question in List(path, paragraph, "qas", "a paragraph")) yield return Question(path, question, passage, places);
            }
        }
    }

    private static QuestionExample Question(string path, JsonElement question, string passage, CodePoints places)
    {
        var id = Text(path, question, "id", "a question");
        var owner = $"question '{id}'";
        List<string> answers = [];
        var first = 0;
        foreach (var answer in List(path, question, "answers", owner))
        {
            var text = Text(path, answer, "text", owner);
            if (answer.Get("answer_start") is not { ValueKind: JsonValueKind.Number } start || !start.TryGetInt32(out var offset))
                throw new UsageException($"{path}: {owner} has an answer without 'answer_start'; expected where the answer begins in its paragraph. {Again}");
            if (places.Index(offset) is not { } at || !passage.AsSpan(at).StartsWith(text, StringComparison.Ordinal))
                throw new UsageException($"{path}: {owner} has the answer '{text}' at {offset}, and the paragraph has something else there. {Again}");
            if (answers.Count == 0) first = offset;
            answers.Add(text);
        }

        return answers.Count > 0
            ? new QuestionExample(id, Text(path, question, "question", owner), passage, answers, first)
            : throw new UsageException($"{path}: {owner} has no answer; questions without one are SQuAD 2.0's, and v1.1 is read here.");
    }

    private const string Again = "Download the file again, or correct it.";

    private static IEnumerable<JsonElement> List(string path, JsonElement json, string key, string owner) => json.Get(key) is { ValueKind: JsonValueKind.Array } list
        ? list.EnumerateArray()
        : throw new UsageException($"{path}: {owner} has no list '{key}'; expected SQuAD v1.1's layout (data, paragraphs, context, qas, answers). {Again}");

    private static string Text(string path, JsonElement json, string key, string owner) => json.Get(key) is { ValueKind: JsonValueKind.String } text
        ? text.GetString()!
        : throw new UsageException($"{path}: {owner} has no text '{key}'. {Again}");

    /// <summary>From code points, in which the file counts, to the string's own indices.</summary>
    private sealed class CodePoints
    {
        private readonly int[]? starts;
        private readonly int length;

        public CodePoints(string text)
        {
            length = text.Length;
            // Without surrogates both are the same.
            if (!text.Any(char.IsSurrogate)) return;
            List<int> found = [];
            for (var i = 0; i < text.Length; i += Rune.TryGetRuneAt(text, i, out var rune) ? rune.Utf16SequenceLength : 1) found.Add(i);
            starts = [.. found];
        }

        public int? Index(int codePoint) => codePoint < 0 || codePoint >= (starts?.Length ?? length) ? null : starts?[codePoint] ?? codePoint;
    }
}
