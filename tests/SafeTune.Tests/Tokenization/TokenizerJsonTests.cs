using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

public sealed class TokenizerJsonTests : IDisposable
{
    private const string Bert = """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [{"id": 1, "content": "[UNK]", "special": true}, {"id": 6, "content": "<Url>", "normalized": true, "special": false}],
         "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": false},
         "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}, "decoder": {"type": "WordPiece"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 4,
                   "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##a": 5}}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_wordpiece_needs_no_other_file() => Assert.Equal([2, 4, 5, 6, 1, 3], Ids(Bert, "aa<Url> A"));

    [Fact]
    public void The_longest_word_is_the_file_s() => Assert.Equal([2, 4, 5, 5, 5, 1, 3], Ids(Bert, "aaaa aaaaa"));

    [Fact]
    public void Without_a_post_processor_nothing_is_put_around_a_text() => Assert.Equal([4], Ids(Bert.Replace("\"BertProcessing\"", "\"Sequence\", \"processors\": []", StringComparison.Ordinal), "a"));

    [Fact]
    public void A_template_decides_what_is_put_around_a_text()
    {
        var template = """
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
              "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
              "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}}, "decoder"
            """;
        _folder.File("tokenizer.json", Bert.Replace("""
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}, "decoder"
            """.Trim(), template.Trim(), StringComparison.Ordinal));
        var encoding = AutoTokenizer.Load(_folder.Path).Encode("a", "a");
        Assert.Equal([2, 4, 3, 4], encoding.Ids);
        Assert.Equal([0, 0, 1, 1], encoding.Types);
    }

    [Theory]
    [InlineData("\"lowercase\": false", "\"lowercase\": false, \"squeeze\": true", "has the key 'normalizer.squeeze'")]
    [InlineData("\"clean_text\": true", "\"clean_text\": false", "normalizer.clean_text is false")]
    [InlineData("\"BertNormalizer\"", "\"NFC\"", "and only BertNormalizer is known")]
    [InlineData("\"BertPreTokenizer\"", "\"Whitespace\"", "and only BertPreTokenizer is known")]
    [InlineData("\"##\"", "\"@@\"", "model.continuing_subword_prefix is \"@@\"")]
    [InlineData("\"##a\": 5", "\"##a\": 7", "the id 7 among 6 tokens")]
    [InlineData("[\"[CLS]\", 2]", "[\"[CLS]\", 4]", "says that token 4 is '[CLS]'")]
    [InlineData("\"truncation\": null", "\"truncation\": {\"direction\": \"Left\"}", "truncation.direction is \"Left\"")]
    [InlineData("\"BertProcessing\"", "\"Odd\"", "post_processor is")]
    [InlineData("\"version\"", "\"tricks\"", "has the key 'tricks'")]
    public void What_is_not_known_is_refused_by_name(string old, string replacement, string sentence)
    {
        _folder.File("tokenizer.json", Bert.Replace(old, replacement, StringComparison.Ordinal));
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_that_differs_from_vocab_txt_is_refused()
    {
        _folder.File("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nb\n##a\n");
        _folder.File("tokenizer.json", Bert);
        Assert.Contains("has 'b' as token 4, and", Assert.Throws<UsageException>(() => AutoTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_token_that_the_post_processor_does_not_put_there_is_refused()
    {
        _folder.File("tokenizer_config.json", """{"cls_token": "a"}""");
        _folder.File("tokenizer.json", Bert);
        Assert.Contains("has 'a' as its cls_token, and post_processor of", Assert.Throws<UsageException>(() => AutoTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_has_the_last_word_about_case()
    {
        _folder.File("tokenizer_config.json", """{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}""");
        Assert.Equal([2, 4, 3], Ids(Bert, "A"));
    }

    private int[] Ids(string json, string text)
    {
        _folder.File("tokenizer.json", json);
        return AutoTokenizer.Load(_folder.Path).Encode(text).Ids;
    }
}
