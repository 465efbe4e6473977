using System.Text.Json;

namespace SafeTune.Data;

/// <summary>Instructions with their answers: a JSON array, or JSON Lines, of objects in the style of Alpaca (instruction, input, output), Dolly (instruction, context, response) or LaMini (instruction, response).</summary>
/// <remarks>The prompt is Alpaca's (Taori et al. 2023); only the answer is learnt.</remarks>
public static class Instructions
{
    /// <summary>Pairs of LaMini-instruction (Wu et al. 2024).</summary>
    public const int PublishedTrainRows = 2_585_615;

    private const string WithInput = "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.";
    private const string Alone = "Below is an instruction that describes a task. Write a response that appropriately completes the request.";

    /// <summary>Reads a file, row by row.</summary>
    /// <param name="path">.json (an array) or .jsonl.</param>
    /// <param name="most">Rows read at most, from the first on; null = all.</param>
    /// <exception cref="UsageException">The file is missing, no such JSON, or a row lacks its instruction or answer: names the row.</exception>
    public static Dataset Load(string path, int? most = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' with instructions: check the name.");
        Example[] examples = [.. Rows(path).Take(most ?? int.MaxValue).Select((row, i) => Pair(path, row, i + 1))];
        if (examples.Length == 0) throw new UsageException($"{path}: there is not one instruction in it; expected objects with instruction and output (or response).");
        return new Dataset(Path.GetFileNameWithoutExtension(path), "train", examples, LabelNames: null, SkippedRows: 0) { Task = TaskKind.LanguageModelling };
    }

    /// <summary>The prompt of an instruction.</summary>
    /// <param name="instruction">What is asked.</param>
    /// <param name="input">What it is asked about; empty = nothing.</param>
    public static string Prompt(string instruction, string input) => input.Length > 0
        ? $"{WithInput}\n\n### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
        : $"{Alone}\n\n### Instruction:\n{instruction}\n\n### Response:\n";

    private static PromptExample Pair(string path, JsonElement row, int number)
    {
        string? Text(params string[] names) => names.Select(name => row.Get(name)).FirstOrDefault(value => value is { ValueKind: JsonValueKind.String })?.GetString();
        var instruction = Text("instruction") ?? throw new UsageException($"{path}, row {number}: there is no text 'instruction'; expected instruction, input (or context) and output (or response).");
        var answer = Text("output", "response") ?? throw new UsageException($"{path}, row {number}: there is no text 'output' or 'response', the answer to the instruction; add it or remove the row.");
        return new PromptExample(Prompt(instruction, Text("input", "context") ?? ""), answer);
    }

    private static IEnumerable<JsonElement> Rows(string path)
    {
        using var stream = File.OpenRead(path);
        // A row at a time: LaMini's file is larger than some machines' memory.
        var isLines = Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase);
        var rows = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, topLevelValues: isLines).ToBlockingEnumerable().GetEnumerator();
        using (rows)
        {
            for (var number = 1; ; number++)
            {
                try
                {
                    if (!rows.MoveNext()) yield break;
                    // An escaped half of a surrogate pair is found only when its string is read.
                    if (rows.Current.ValueKind == JsonValueKind.Object) foreach (var field in rows.Current.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.String)) field.Value.GetString();
                }
                catch (Exception error) when (error is JsonException or InvalidOperationException or IOException)
                {
                    throw new UsageException($"{path}, row {number}: it is not valid JSON; expected {(isLines ? "an object a line" : "an array of objects")}. Get the file again.", error);
                }

                yield return rows.Current.ValueKind == JsonValueKind.Object
                    ? rows.Current
                    : throw new UsageException($"{path}, row {number}: it is no JSON object; expected {(isLines ? "an object a line" : "an array of objects")} with instruction and output.");
            }
        }
    }
}
