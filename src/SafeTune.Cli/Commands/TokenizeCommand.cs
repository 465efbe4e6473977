using System.CommandLine;
using System.Text.Json;
using SafeTune.Data;
using SafeTune.Tokenization;

namespace SafeTune.Cli.Commands;

/// <summary><c>safetune tokenize</c>: how a model's tokenizer reads texts.</summary>
internal static class TokenizeCommand
{
    public static Command Make(Session session)
    {
        var tokenizer = Opt.Required("--tokenizer", "Folder with the tokenizer's files: vocab.txt, tokenizer.model, vocab.json and merges.txt, or tokenizer.json.", "dir");
        var input = Opt.Text("--input", "JSONL: a text a line, {\"text\": …}, or a pair, {\"a\": …, \"b\": …}; max_length and stride of their own are allowed. Default: standard input.", "file");
        var maxLength = Opt.OptionalInteger("--max-length", "Tokens of a text at most, special ones included.");
        var stride = Opt.OptionalInteger("--stride", "Cut long texts into windows that share so many tokens, one line each; of a pair the second text is cut.");
        var command = new Command("tokenize", "Prints ids, types, pieces and offsets (in code points) of texts, as JSONL.") { tokenizer, input, maxLength, stride }.WithExamples(
            "safetune tokenize --tokenizer gpt2 --input texts.jsonl",
            "echo '{\"a\": \"Who?\", \"b\": \"A long passage …\"}' | safetune tokenize --tokenizer bert-base-uncased --max-length 384 --stride 128");
        command.SetAction(parsed =>
        {
            var model = AutoTokenizer.Load(parsed.GetRequiredValue(tokenizer));
            var file = parsed.GetValue(input);
            if (file is not null && !File.Exists(file)) throw new UsageException($"There is no file '{file}'; expected JSONL, a text a line.");
            using var opened = file is null ? null : TextLines.Open(file);
            Run(session, model, file ?? "standard input", opened ?? session.Input, parsed.GetValue(maxLength), parsed.GetValue(stride));
            return ExitCode.Fine;
        });
        return command;
    }

    private static void Run(Session session, Tokenizer tokenizer, string source, TextReader lines, int? maxLength, int? stride)
    {
        var number = 0;
        while (lines.ReadLine() is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            foreach (var encoding in Encode(tokenizer, Parse(source, number, line), maxLength, stride, $"{source}, line {number}"))
            {
                session.Output.WriteJson(
                    new { encoding.Ids, encoding.Types, Pieces = encoding.Ids.Select(tokenizer.Token), Offsets = encoding.Offsets.Select(offset => (int[])[offset.Start, offset.End]) }, onOneLine: true);
            }
        }
    }

    private static IEnumerable<Encoding> Encode(Tokenizer tokenizer, Line line, int? maxLength, int? stride, string where)
    {
        var length = line.MaxLength ?? maxLength ?? int.MaxValue;
        try
        {
            return (line.Stride ?? stride) is { } shared && length < int.MaxValue
                ? tokenizer.Windows(line.Text, line.Pair, length, shared).ToList()
                : [tokenizer.Encode(line.Text, line.Pair, length)];
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new UsageException($"{where}: a maximum length of {length} and a stride of {line.Stride ?? stride ?? 0} leave no room for the special tokens; give a larger maximum length and a stride from 0 on.");
        }
        catch (UsageException wrong)
        {
            throw new UsageException($"{where}: {wrong.Message}", wrong);
        }
    }

    private static Line Parse(string source, int number, string text)
    {
        UsageException Bad(string what) => new($"{source}, line {number}: {what}; expected an object with 'text', or with 'a' and 'b'.");
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Bad($"found a JSON {root.ValueKind}");
            string? Text(string key) => !root.TryGetProperty(key, out var value) ? null : value.ValueKind == JsonValueKind.String ? Read(value) : throw Bad($"'{key}' is no text");
            int? Number(string key) => !root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? null
                : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var found) && found >= 0 ? found : throw Bad($"'{key}' is {value.GetRawText()}, no whole number from 0 on");
            // The names of datasets of questions are known too.
            var first = Text("text") ?? Text("a") ?? Text("question") ?? throw Bad("found none of the texts");
            return new Line(first, root.TryGetProperty("text", out _) ? null : Text("b") ?? Text("context"), Number("max_length"), Number("stride"));
        }
        catch (JsonException)
        {
            throw Bad("it is not valid JSON");
        }
    }

    // Half a surrogate pair, which JSON can escape and Unicode cannot spell, becomes U+FFFD.
    private static string Read(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return System.Text.RegularExpressions.Regex.Unescape(value.GetRawText()[1..^1]);
        }
    }

    private sealed record Line(string Text, string? Pair, int? MaxLength, int? Stride);
}
