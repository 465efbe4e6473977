using System.Text;
using SafeTune.Models;
using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

/// <summary>Damaged tokenizers and configurations load, or are refused in a sentence.</summary>
public sealed class TokenizerFuzz
{
    private const int Files = 1500;

    public static TheoryData<string, string> Targets => new()
    {
        { "bert", "vocab.txt" }, { "gpt2", "vocab.json" }, { "gpt2", "merges.txt" }, { "roberta", "tokenizer.json" }, { "roberta", "tokenizer_config.json" }, { "llama", "tokenizer.model" },
        { "bert", "config.json" }, { "gpt2", "config.json" }, { "llama", "config.json" }, { "swin", "config.json" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_damaged_file_is_harmless(string family, string file)
    {
        using var tiny = new TinyFamily(family);
        var target = Path.Combine(tiny.Folder, file);
        if (file == "merges.txt") File.WriteAllText(target, "#version: 0.2\na b\nab c\nĠ a\n");
        if (file == "merges.txt") AddToVocabulary(tiny.Folder, "ab", "abc", "Ġa");
        if (file == "tokenizer.json") File.WriteAllText(target, TokenizerJson(tiny.Folder));
        if (file == "tokenizer_config.json") File.WriteAllText(target, """{"tokenizer_class": "RobertaTokenizer", "add_prefix_space": false, "model_max_length": 512}""");
        var original = File.ReadAllBytes(target);
        Random random = new(7);
        var refused = 0;
        for (var i = 0; i < Files; i++)
        {
            File.WriteAllBytes(target, Damage.Of(original, random));
            if (!Loads(tiny.Folder, file)) refused++;
        }

        Assert.InRange(refused, 1, Files - 1);
    }

    [Theory]
    [InlineData("""{"a": -1}""", "numbers from 0 on")]
    [InlineData("""{"a": 2147483647}""", "numbers from 0 on")]
    [InlineData("""{"a": 99999999999}""", "a number from 0 on")]
    [InlineData("""{"a": 0, "b": 0}""", "the same id 0")]
    [InlineData("""{"a": 0, "a": 1}""", "there twice")]
    [InlineData("""{"a": 0}""", "the character of byte 0")]
    [InlineData("""["a"]""", "no JSON object")]
    [InlineData("""{"a": """, "cannot be read")]
    public void A_vocabulary_that_cannot_be_used_is_refused(string vocabulary, string sentence)
    {
        using var folder = new TemporaryFolder();
        folder.File("vocab.json", vocabulary);
        folder.File("merges.txt", "");
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_of_unknown_pieces_is_refused_with_its_line()
    {
        using var tiny = new TinyFamily("gpt2");
        File.WriteAllText(Path.Combine(tiny.Folder, "merges.txt"), "#version: 0.2\na b\n");
        var message = Assert.Throws<UsageException>(() => AutoTokenizer.Load(tiny.Folder)).Message;
        Assert.Contains("merges.txt, line 2: the merge of 'a' and 'b' names 'ab'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.File("tokenizer.json", new string('[', 1_000_000));
        Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unigram")]
    [InlineData("WordLevel")]
    public void A_tokenizer_json_of_another_kind_is_refused_by_name(string kind)
    {
        using var folder = new TemporaryFolder();
        folder.File("tokenizer.json", $"{{\"model\": {{\"type\": \"{kind}\", \"vocab\": []}}}}");
        Assert.Contains($"'{kind}'", Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"pre_tokenizer\": {\"type\": \"Split\"}, ", "", "cuts words by 'Split'")]
    [InlineData("\"normalizer\": {\"type\": \"NFC\"}, ", "", "normalises text by 'NFC'")]
    [InlineData("", "\"byte_fallback\": true, ", "has 'byte_fallback' on")]
    [InlineData("", "\"ignore_merges\": true, ", "has 'ignore_merges' on")]
    public void A_bpe_that_works_otherwise_is_refused(string root, string model, string sentence)
    {
        using var folder = new TemporaryFolder();
        folder.File("tokenizer.json", $"{{{root}\"model\": {{{model}\"type\": \"BPE\", \"vocab\": {{}}, \"merges\": []}}}}");
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_told_what_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("looked for vocab.txt, tokenizer.model, vocab.json with merges.txt, and tokenizer.json", Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 })]
    [InlineData(new byte[] { 0x0A, 0x03, 0x0A, 0x01, 0xFF })]
    [InlineData(new byte[] { 0x00, 0x01 })]
    [InlineData(new byte[] { 0x0B })]
    public void A_hostile_sentencepiece_model_is_refused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "tokenizer.model"), bytes);
        Assert.Contains("no usable sentencepiece model", Assert.Throws<UsageException>(() => AutoTokenizer.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sentencepiece_model_cut_anywhere_is_harmless()
    {
        using var tiny = new TinyFamily("llama");
        var target = Path.Combine(tiny.Folder, "tokenizer.model");
        var original = File.ReadAllBytes(target);
        for (var length = 0; length < original.Length; length++)
        {
            File.WriteAllBytes(target, original[..length]);
            Loads(tiny.Folder, "tokenizer.model");
        }
    }

    private static bool Loads(string folder, string file)
    {
        try
        {
            if (file == "config.json")
            {
                // Building allocates nothing; a configuration of billions of layers is refused.
                AutoModel.Configuration(folder).Build(Head(folder)).Dispose();
            }
            else
            {
                var tokenizer = AutoTokenizer.Load(folder);
                var ids = tokenizer.Encode("red cat, 😀 abc a", "second").Ids;
                _ = tokenizer.Decode(ids);
            }

            return true;
        }
        catch (UsageException wrong)
        {
            Assert.DoesNotContain('\n', wrong.Message);
            return false;
        }
    }

    private static HeadOptions Head(string folder) =>
        AutoModel.Configuration(folder).Architectures[0].Task == SafeTune.Data.TaskKind.LanguageModelling ? HeadOptions.NextToken() : HeadOptions.Classes(2);

    private static void AddToVocabulary(string folder, params string[] pieces)
    {
        var path = Path.Combine(folder, "vocab.json");
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text[..^1] + string.Concat(pieces.Select((piece, i) => $", \"{piece}\": {260 + i}")) + "}");
    }

    private static string TokenizerJson(string folder)
    {
        var vocabulary = File.ReadAllText(Path.Combine(folder, "vocab.json"));
        File.Delete(Path.Combine(folder, "vocab.json"));
        return new StringBuilder("""{"added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true}], """)
            .Append("""
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "post_processor": {"type": "RobertaProcessing", "cls": ["<s>", 0], "sep": ["</s>", 2]},
            """).Append(" \"model\": {\"type\": \"BPE\", \"merges\": [], \"vocab\": ").Append(vocabulary).Append("}}").ToString();
    }
}
