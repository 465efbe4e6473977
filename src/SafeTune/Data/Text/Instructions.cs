using System.Text.Json;

namespace SafeTune.Data;

/// <summary>Instructions with their answers: a JSON array, JSON Lines or parquet, of objects in the style of Alpaca (instruction, input, output), Dolly (instruction, context, response) or LaMini (instruction, response).</summary>
/// <remarks>The prompt is Alpaca's (Taori et al. 2023); only the answer is learnt.</remarks>
public static class Instructions
{
    /// <summary>Pairs of LaMini-instruction (Wu et al. 2024).</summary>
    public const int PublishedTrainRows = 2_585_615;

    private const string WithInput = "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.";
    private const string Alone = "Below is an instruction that describes a task. Write a response that appropriately completes the request.";

    private static readonly string[] Names = ["instruction", "input", "context", "output", "response"];

    /// <summary>Reads the file of a set, or the files it was cut into, row by row; texts that outgrow memory go to a temporary file.</summary>
    /// <param name="paths">.json (an array), .jsonl or .parquet, in their order; at least one.</param>
    /// <exception cref="UsageException">A file is missing or broken, or a row lacks its instruction or answer: names the row.</exception>
    public static Dataset Load(params IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var rows = new RowStore();
        foreach (var path in paths)
        {
            if (!File.Exists(path)) throw new MissingDataException($"There is no file '{Path.GetFullPath(path)}' with instructions: check the name.");
            foreach (var (row, i) in Rows(path).Select((row, i) => (row, i))) rows.Add(JsonSerializer.SerializeToUtf8Bytes(Pair(row, FormattableString.Invariant($"{path}, row {i + 1}"))));
        }

        if (rows.Count == 0) throw new UsageException($"{paths[0]}: there is not one instruction in it; expected objects with instruction and output (or response).");
        var examples = new MadeExamples(rows.Count, i => JsonSerializer.Deserialize<InstructionPair>(rows[i])!.ToExample());
        return new Dataset(Path.GetFileNameWithoutExtension(paths[0]), "train", examples, LabelNames: null, SkippedRows: 0) { Task = TaskKind.LanguageModelling };
    }

    /// <summary>The prompt of an instruction.</summary>
    /// <param name="instruction">What is asked.</param>
    /// <param name="input">What it is asked about; empty = nothing.</param>
    public static string Prompt(string instruction, string input) => input.Length > 0
        ? $"{WithInput}\n\n### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:\n"
        : $"{Alone}\n\n### Instruction:\n{instruction}\n\n### Response:\n";

    private static InstructionPair Pair(Func<string, string?> text, string place) => new(
        text("instruction") ?? throw new UsageException($"{place}: there is no text 'instruction'; expected instruction, input (or context) and output (or response)."),
        text("input") ?? text("context") ?? "",
        text("output") ?? text("response") ?? throw new UsageException($"{place}: there is no text 'output' or 'response', the answer to the instruction; add it or remove the row."));

    /// <summary>The texts of each row by their name.</summary>
    private static IEnumerable<Func<string, string?>> Rows(string path) => Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase)
        ? ParquetFile.Open(path).Rows(Names).Select(row => (Func<string, string?>)(column => row.GetValueOrDefault(column) as string))
        : JsonRows(path).Select(row => (Func<string, string?>)(name => row.Text(name)));

    private static IEnumerable<JsonElement> JsonRows(string path)
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

    private sealed record InstructionPair(string Instruction, string Input, string Answer)
    {
        public PromptExample ToExample() => new(Prompt(Instruction, Input), Answer);
    }
}
