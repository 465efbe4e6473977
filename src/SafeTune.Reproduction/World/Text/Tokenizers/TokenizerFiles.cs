using System.Text.Encodings.Web;
using System.Text.Json;
using SafeTune.Data;

namespace SafeTune.Reproduction.World.Text.Tokenizers;

/// <summary>Four tokenizers in their families' official files, made from the pre-training text.</summary>
internal static class TokenizerFiles
{
    private const int Merges = 720;
    private const int LeastFrequent = 20;
    // How often the words around an instruction count: every instruction has them.
    private const int Prompts = 400;
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public static void Write(string folder, IReadOnlyList<string> documents)
    {
        IEnumerable<string> texts = [.. documents, .. Enumerable.Repeat(Instructions.Prompt("", ""), Prompts)];
        WriteBert(Path.Combine(folder, "bert"), documents);
        Dictionary<string, int> words = WordCounts.WithBlanks(texts);
        Dictionary<string, int> bytes = Spelled(words, word => string.Concat(System.Text.Encoding.UTF8.GetBytes(word).Select(Letter)));
        var merges = BpeTrainer.Train(bytes, Merges, LeastFrequent);
        WriteBytePairs(Path.Combine(folder, "gpt2"), merges, first: [], last: ["<|endoftext|>"], new { tokenizer_class = "GPT2Tokenizer" });
        WriteBytePairs(Path.Combine(folder, "roberta"), merges, first: ["<s>", "<pad>", "</s>", "<unk>"], last: ["<mask>"], new { tokenizer_class = "RobertaTokenizer", add_prefix_space = true });
        SentencePieceFile.Write(Path.Combine(folder, "llama"), Spelled(words, word => word.Replace(' ', SentencePieceFile.Blank)), Merges, LeastFrequent);
    }

    // Whole words, and every letter alone and within a word, so that every word can be spelled.
    private static void WriteBert(string folder, IReadOnlyList<string> documents)
    {
        string[] letters = [.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code).Where(sign => !char.IsAsciiLetterUpper(sign)).Select(sign => sign.ToString())];
        string[] within = [.. letters.Where(letter => char.IsLetterOrDigit(letter[0])).Select(letter => "##" + letter)];
        string[] vocabulary = [.. new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" }.Concat(letters).Concat(within).Concat(WordCounts.LowerCase(documents)).Distinct()];
        AtomicFile.WriteAllText(Path.Combine(folder, "vocab.txt"), string.Concat(vocabulary.Select(word => word + "\n")));
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), new { do_lower_case = true, tokenizer_class = "BertTokenizer" });
    }

    private static void WriteBytePairs(string folder, List<(string Left, string Right)> merges, string[] first, string[] last, object config)
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => Letter((byte)value).ToString()).Order(StringComparer.Ordinal)];
        IEnumerable<string> pieces = first.Concat(bytes).Concat(merges.Select(merge => merge.Left + merge.Right)).Concat(last).Distinct();
        WriteJson(Path.Combine(folder, "vocab.json"), pieces.Index().ToDictionary(piece => piece.Item, piece => piece.Index));
        AtomicFile.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Concat(merges.Select(merge => $"{merge.Left} {merge.Right}\n")));
        WriteJson(Path.Combine(folder, "tokenizer_config.json"), config);
    }

    private static Dictionary<string, int> Spelled(Dictionary<string, int> words, Func<string, string> spell) => words.ToDictionary(word => spell(word.Key), word => word.Value);

    // GPT-2's letter of a byte: itself where it can be printed, else one from U+0100 on, in the order of the bytes.
    private static char Letter(byte value)
    {
        return IsPrintable(value) ? (char)value : (char)(0x100 + Enumerable.Range(0, value).Count(below => !IsPrintable(below)));

        static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
    }

    private static void WriteJson(string path, object content) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(content, Json) + "\n");
}
