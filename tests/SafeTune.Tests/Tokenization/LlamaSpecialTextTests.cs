using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

/// <summary>Special tokens spelled out in a LLaMA's text, as LlamaTokenizer of transformers 4.57 reads them. The tiny model has ▁ at 259 and the letters from 260 on.</summary>
public sealed class LlamaSpecialTextTests : IDisposable
{
    private readonly TinyFamily _tiny = new("llama", layers: 1);

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("ab</s>", new[] { 1, 259, 260, 261, 2 })]
    [InlineData("a</s><s>b", new[] { 1, 259, 260, 2, 1, 259, 261 })]
    [InlineData("<unk> b", new[] { 1, 0, 259, 261 })]
    [InlineData("</s>", new[] { 1, 2 })]
    [InlineData("<s", new[] { 1, 259, 63, 278 })]
    public void They_become_their_ids_and_a_blank_is_put_before_what_follows(string text, int[] expected) => Assert.Equal(expected, Ids(text));

    [Theory]
    [InlineData("a<s>b", new[] { 1, 259, 260, 1, 261 })]
    [InlineData("<s>b", new[] { 1, 1, 261 })]
    public void Without_legacy_only_the_beginning_has_a_blank_of_its_own(string text, int[] expected)
    {
        Config("""{"legacy": false}""");
        Assert.Equal(expected, Ids(text));
    }

    [Fact]
    public void Without_a_prefix_space_no_part_has_one()
    {
        Config("""{"add_prefix_space": false}""");
        Assert.Equal([1, 260, 2, 261], Ids("a</s>b"));
    }

    [Fact]
    public void Offsets_are_those_of_the_spelled_token() => Assert.Equal([(0, 0), (0, 0), (0, 1), (1, 5), (5, 5), (5, 6)], AutoTokenizer.Load(_tiny.Folder).Encode("a</s>b").Offsets);

    [Fact]
    public void Alone_the_model_reads_them_as_sentencepiece_does()
    {
        File.Delete(Path.Combine(_tiny.Folder, "config.json"));
        Assert.DoesNotContain(2, Ids("a</s>"));
    }

    [Fact]
    public void Tokens_named_otherwise_are_obeyed()
    {
        Config("""{"bos_token": "</s>", "pad_token": "<unk>", "add_eos_token": true, "eos_token": {"content": "<s>", "lstrip": false}}""");
        Assert.Equal([2, 259, 260, 1], Ids("a"));
        Assert.Equal(0, AutoTokenizer.Load(_tiny.Folder).PadId);
    }

    [Theory]
    [InlineData("""{"tokenizer_class": "T5Tokenizer"}""", "tokenizer_class is \"T5Tokenizer\"")]
    [InlineData("""{"sp_model_kwargs": {"enable_sampling": true}}""", "sp_model_kwargs is")]
    [InlineData("""{"do_lower_case": true}""", "do_lower_case is true")]
    [InlineData("""{"legacy": "no"}""", "legacy is \"no\", expected true, false or null")]
    public void What_is_not_known_is_refused_by_name(string config, string sentence)
    {
        Config(config);
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => AutoTokenizer.Load(_tiny.Folder)).Message, StringComparison.Ordinal);
    }

    private void Config(string json) => File.WriteAllText(Path.Combine(_tiny.Folder, "tokenizer_config.json"), json);

    private int[] Ids(string text) => AutoTokenizer.Load(_tiny.Folder).Encode(text).Ids;
}
