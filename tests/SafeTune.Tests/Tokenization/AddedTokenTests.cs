using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

/// <summary>Tokens that a user added, as transformers' fast tokenizers read them. Expected ids follow from the vocabulary's lines by hand.</summary>
public sealed class AddedTokenTests : IDisposable
{
    // 0 to 11.
    private const string Vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n@\nuser\n_\n.\n";

    private readonly TemporaryFolder _folder = new();

    public AddedTokenTests() => _folder.File("vocab.txt", Vocabulary);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_added_token_has_the_id_of_its_file()
    {
        _folder.File("added_tokens.json", """{"@user": 12, "<url>": 13}""");
        Assert.Equal([2, 5, 12, 6, 13, 3], Ids("a @user b<url>"));
    }

    [Fact]
    public void Without_the_file_it_is_cut_as_any_text() => Assert.Equal([2, 5, 8, 9, 3], Ids("a @user"));

    [Theory]
    [InlineData(false, new[] { 5, 12, 6 })]
    [InlineData(true, new[] { 5, 8, 9, 7 })]
    public void A_token_within_a_word_is_found_unless_it_must_be_a_word(bool word, int[] expected)
    {
        Decoder($$"""{"12": {"content": "@user", "single_word": {{(word ? "true" : "false")}}, "special": false} }""");
        Assert.Equal([2, .. expected, 3], Ids("a@userb"));
    }

    [Theory]
    [InlineData("@USER", true, 12)]
    [InlineData("@User", true, 12)]
    [InlineData("@user", true, 12)]
    [InlineData("@User", false, 12)]
    public void A_normalized_token_is_found_whatever_its_case_is(string text, bool normalized, int id)
    {
        Decoder($$"""{"12": {"content": "@User", "normalized": {{(normalized ? "true" : "false")}}, "special": false} }""");
        Assert.Equal([2, id, 3], Ids(text));
    }

    [Fact]
    public void One_that_is_not_normalized_keeps_its_case()
    {
        Decoder("""{"12": {"content": "@User", "normalized": false, "special": false} }""");
        Assert.Equal([2, 8, 9, 3], Ids("@user"));
    }

    [Fact]
    public void A_special_token_of_added_tokens_json_keeps_its_case()
    {
        _folder.File("added_tokens.json", """{"@User": 12}""");
        _folder.File("special_tokens_map.json", """{"additional_special_tokens": [{"content": "@User", "lstrip": false, "rstrip": false}]}""");
        Assert.Equal([2, 8, 9, 12, 3], Ids("@user @User"));
    }

    [Theory]
    [InlineData("lstrip", 1, 4)]
    [InlineData("rstrip", 2, 5)]
    public void Blanks_beside_a_token_are_its_own_where_it_says_so(string side, int start, int end)
    {
        Decoder($$"""{"12": {"content": "<>", "{{side}}": true, "special": true} }""");
        Assert.Equal((start, end), AutoTokenizer.Load(_folder.Path).Encode("a <> b").Offsets[2]);
    }

    [Fact]
    public void Of_two_tokens_that_begin_at_one_place_the_longer_is_taken()
    {
        _folder.File("added_tokens.json", """{"<a": 12, "<a>": 13}""");
        Assert.Equal([2, 13, 12, 3], Ids("<a><a"));
    }

    [Fact]
    public void The_leftmost_token_is_taken_even_if_it_is_shorter()
    {
        _folder.File("added_tokens.json", """{"<a": 12, "a>>>": 13}""");
        Assert.Equal([2, 12, 1, 1, 1, 3], Ids("<a>>>"));
    }

    [Fact]
    public void A_token_of_the_vocabulary_can_be_an_added_one()
    {
        Decoder("""{"9": {"content": "user", "special": true} }""");
        Assert.Equal([2, 5, 9, 1, 3], Ids("auserx"));
    }

    [Fact]
    public void A_special_token_that_only_has_a_name_comes_after_all_others()
    {
        _folder.File("added_tokens.json", """{"<url>": 12}""");
        _folder.File("special_tokens_map.json", """{"pad_token": "<pad>", "additional_special_tokens": ["<x>"]}""");
        var tokenizer = AutoTokenizer.Load(_folder.Path);
        Assert.Equal((13, 14, 15), (tokenizer.PadId, tokenizer.Find("<x>"), tokenizer.VocabularySize));
    }

    [Fact]
    public void Byte_level_bpe_reads_them_as_objects_of_special_tokens_map_and_ids_of_added_tokens()
    {
        using var tiny = new TinyFamily("gpt2");
        Write(tiny, "added_tokens.json", """{"[PAD]": 257, "<|user|>": 258}""");
        Write(tiny, "special_tokens_map.json", """{"pad_token": {"content": "[PAD]", "lstrip": true}, "additional_special_tokens": ["<|user|>"]}""");
        var tokenizer = AutoTokenizer.Load(tiny.Folder);
        Assert.Equal(tokenizer.Find("x")!.Value, tokenizer.Encode("x").Ids[0]);
        Assert.Equal([258, tokenizer.Find("x")!.Value, tokenizer.Find("Ġ")!.Value, 257], tokenizer.Encode("<|user|>x [PAD]").Ids);
        Assert.Equal(257, tokenizer.PadId);
    }

    [Fact]
    public void Sentencepiece_reads_them_too_and_gives_them_back()
    {
        using var tiny = new TinyFamily("llama");
        Write(tiny, "added_tokens.json", """{"<|im_start|>": 286, "<|im_end|>": 287}""");
        Write(tiny, "tokenizer_config.json", """{"tokenizer_class": "LlamaTokenizer", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}""");
        var tokenizer = AutoTokenizer.Load(tiny.Folder);
        var ids = tokenizer.Encode("<|im_start|>a b<|im_end|>").Ids;
        Assert.Equal([1, 286, 259, 260, 259, 261, 287], ids);
        Assert.Equal("<|im_start|> a b<|im_end|>", tokenizer.Decode(ids));
    }

    [Fact]
    public void A_model_without_rows_for_them_is_refused()
    {
        using var tiny = new TinyFamily("bert");
        Write(tiny, "added_tokens.json", $$"""{{{string.Join(", ", Enumerable.Range(0, 300).Select(i => $"\"<{i}>\": {AutoTokenizer.Load(tiny.Folder).VocabularySize + i}"))}}}""");
        using var model = SafeTune.Models.AutoModel.Random(SafeTune.Models.AutoModel.Configuration(tiny.Folder), tiny.Head);
        var message = Assert.Throws<UsageException>(() => SafeTune.Training.ExampleEncoders.For(model, tiny.Folder, maxLength: 8)).Message;
        Assert.Contains("tokens and the bert model 300", message, StringComparison.Ordinal);
    }

    private static void Write(TinyFamily tiny, string name, string text) => File.WriteAllText(Path.Combine(tiny.Folder, name), text);

    private void Decoder(string decoder) => _folder.File("tokenizer_config.json", $$"""{"added_tokens_decoder": {{decoder}} }""");

    private int[] Ids(string text) => AutoTokenizer.Load(_folder.Path).Encode(text).Ids;
}
