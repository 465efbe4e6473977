using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

/// <summary>Files beside a vocabulary that contradict each other, are broken or ask for what is not known are refused in a sentence.</summary>
public sealed class SideFileTests : IDisposable
{
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n";

    private readonly TemporaryFolder _folder = new();

    public SideFileTests() => _folder.File("vocab.txt", Vocabulary);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"x": 7}""", """{"added_tokens_decoder": {"8": {"content": "x"}, "7": {"content": "y"}}}""", "the id 7 to 'y' and to 'x'")]
    [InlineData("""{"x": 8}""", """{"added_tokens_decoder": {"7": {"content": "x"}}}""", "give 'x' the ids 7 and 8")]
    [InlineData("""{"x": 7}""", """{"added_tokens_decoder": {"0": {"content": "[PAD]"}}}""", "lists all added tokens, lacks it")]
    public void Two_files_that_disagree_are_both_named(string added, string config, string sentence)
    {
        _folder.File("added_tokens.json", added);
        _folder.File("tokenizer_config.json", config);
        var message = Message();
        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.Contains("added_tokens.json'", message, StringComparison.Ordinal);
        Assert.Contains("tokenizer_config.json'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"x": 9}""", "gives the added token 'x' the id 9, and the ids from 7 on are nobody's")]
    [InlineData("""{"x": 7, "y": 7}""", "gives the id 7 to 'x' and to 'y'")]
    [InlineData("""{"x": 7, "x": 7}""", "has the added token 'x' twice")]
    [InlineData("""{"x": 5}""", "the id 5, which is that of 'a' in")]
    [InlineData("""{"a": 7}""", "the id 7, and")]
    [InlineData("""{"x": -1}""", "the id of 'x' is -1, expected an id, a whole number from 0 on")]
    [InlineData("""{"x": "7"}""", "the id of 'x' is \"7\", expected an id")]
    [InlineData("""{"": 7}""", "to an empty token")]
    [InlineData("""["x"]""", "expected a JSON object")]
    [InlineData("{\n\"x\": 7,\n", "not valid JSON at line 3")]
    public void Added_tokens_that_cannot_be_used_are_refused(string added, string sentence)
    {
        _folder.File("added_tokens.json", added);
        Assert.Contains(sentence, Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"x": {"content": "x"}}""", "added_tokens_decoder has the key 'x', expected an id")]
    [InlineData("""{"7": "x"}""", "added_tokens_decoder.7 is \"x\", expected an object with the token's content")]
    [InlineData("""{"7": {"content": "x", "lstrip": 1}}""", "added_tokens_decoder.7.lstrip is 1, expected true, false or null")]
    [InlineData("""{"7": {"content": "x", "lstirp": true}}""", "added_tokens_decoder.7 has the key 'lstirp'")]
    [InlineData("[]", "added_tokens_decoder is [], expected an object of ids and tokens")]
    public void A_broken_decoder_is_refused_with_its_place(string decoder, string sentence)
    {
        _folder.File("tokenizer_config.json", $$"""{"added_tokens_decoder": {{decoder}} }""");
        Assert.Contains(sentence, Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"pad_tokn": "[PAD]"}""", "has the key 'pad_tokn', which is no kind of special token")]
    [InlineData("""{"additional_special_tokens": "x"}""", "additional_special_tokens is \"x\", expected a list of tokens")]
    [InlineData("""{"additional_special_tokens": [7]}""", "additional_special_tokens[0] is 7, expected a token")]
    public void A_broken_map_is_refused_with_its_key(string map, string sentence)
    {
        _folder.File("special_tokens_map.json", map);
        Assert.Contains(sentence, Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_names_for_one_role_are_refused()
    {
        _folder.File("tokenizer_config.json", """{"pad_token": "[PAD]"}""");
        _folder.File("special_tokens_map.json", """{"pad_token": "[MASK]"}""");
        Assert.Contains("names '[PAD]' as its pad_token, and", Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"do_basic_tokenize\": false", "do_basic_tokenize is false, which is not known here")]
    [InlineData("\"never_split\": [\"a\"]", "never_split is [\"a\"]")]
    [InlineData("\"truncation_side\": \"left\"", "truncation_side is \"left\"")]
    [InlineData("\"split_special_tokens\": true", "split_special_tokens is true")]
    [InlineData("\"tokenizer_class\": \"BertJapaneseTokenizer\"", "tokenizer_class is \"BertJapaneseTokenizer\"")]
    [InlineData("\"padding_side\": \"up\"", "padding_side is \"up\", expected \"right\" or \"left\"")]
    [InlineData("\"auto_map\": {\"AutoTokenizer\": [\"x.Y\", null]}", "auto_map is")]
    public void A_setting_that_would_change_the_ids_is_refused_by_name(string setting, string sentence)
    {
        _folder.File("tokenizer_config.json", $"{{{setting}}}");
        Assert.Contains(sentence, Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_change_no_id_are_accepted()
    {
        _folder.File("tokenizer_config.json", """
            {"model_max_length": 1000000000000000019884624838656, "padding_side": "left", "clean_up_tokenization_spaces": true, "never_split": null, "legacy": false, "backend": "tokenizers", "name_or_path": "x"}
            """);
        Assert.Equal([2, 5, 3], AutoTokenizer.Load(_folder.Path).Encode("a").Ids);
    }

    private string Message()
    {
        var message = Assert.Throws<UsageException>(() => AutoTokenizer.Load(_folder.Path)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
