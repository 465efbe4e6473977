using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

public sealed class TokenizerTests
{
    private static readonly Tokenizer Bert = AutoTokenizer.Load(Golden.Path("vocab/bert-base-uncased"));
    private static readonly Tokenizer Gpt2 = AutoTokenizer.Load(Golden.Path("vocab/gpt2"));

    // Any UTF-16 units, a third of them ASCII, lone surrogates too.
    private static Arbitrary<string> Texts => Gen.OneOf(Gen.Choose(0, 127), Gen.Choose(0, 0xFFFF), Gen.Choose(0xD7F0, 0xE010)).Select(unit => (char)unit).ArrayOf().Select(units => new string(units)).ToArbitrary();

    [Fact]
    public void Windows_over_a_passage_are_those_of_transformers()
    {
        var windows = 0;
        foreach (var line in File.ReadLines(Golden.Path("tokenizers/bert-squad-windows.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            var found = Bert.Windows(row.GetProperty("question").GetString()!, row.GetProperty("context").GetString()!, row.GetProperty("max_length").GetInt32(), row.GetProperty("stride").GetInt32()).ToArray();
            var expected = row.GetProperty("windows").EnumerateArray().ToArray();
            Assert.Equal(expected.Length, found.Length);
            foreach (var (window, encoding) in expected.Zip(found))
            {
                Assert.Equal(Numbers(window, "ids"), encoding.Ids);
                Assert.Equal(Numbers(window, "types"), encoding.Types);
                Assert.Equal(window.GetProperty("offsets").EnumerateArray().Select(pair => (pair[0].GetInt32(), pair[1].GetInt32())), encoding.Offsets);
                windows++;
            }
        }

        Assert.True(windows > 50, $"{windows} windows");
    }

    [Fact]
    public void Windows_of_one_text_cover_it_and_overlap()
    {
        var text = string.Join(' ', Enumerable.Range(0, 100));
        var all = Gpt2.EncodePlain(text).Ids;
        var windows = Gpt2.Windows(text, null, maxLength: 20, stride: 5).Select(window => window.Ids).ToArray();
        Assert.Equal(all, windows[0].Concat(windows[1..].SelectMany(window => window[5..])));
    }

    [Fact]
    public void A_stride_as_wide_as_the_window_is_refused() =>
        Assert.Contains("smaller stride", Assert.Throws<UsageException>(() => Bert.Windows("a b", "c d e f g h", maxLength: 8, stride: 3).ToArray()).Message, StringComparison.Ordinal);

    [Fact]
    public void Byte_level_bpe_gives_every_text_back() => Prop.ForAll(Texts, text =>
        // Half a surrogate pair is no text: it becomes U+FFFD.
        Gpt2.Decode(Gpt2.Encode(text).Ids) == string.Concat(text.EnumerateRunes())).QuickCheckThrowOnFailure();

    [Fact]
    public void Offsets_lie_in_the_text_and_do_not_go_back() => Prop.ForAll(Texts, text =>
    {
        var offsets = Gpt2.Encode(text).Offsets;
        var length = text.EnumerateRunes().Count();
        return offsets.All(offset => 0 <= offset.Start && offset.Start < offset.End && offset.End <= length)
            && offsets.Zip(offsets.Skip(1)).All(pair => pair.First.Start <= pair.Second.Start && pair.First.End <= pair.Second.End);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() => Assert.Equal("a\uFFFDb\uFFFD", Gpt2.Decode(Gpt2.Encode("a\uDC00b\uD800").Ids));

    [Fact]
    public void A_word_of_a_megabyte_is_cut_like_its_parts()
    {
        // 16 letters are one token of GPT-2's; a quadratic merge would never end.
        var word = new string('a', 1 << 20);
        Assert.Equal(word, Gpt2.Decode(Gpt2.Encode(word).Ids));
        using var tiny = new TinyFamily("llama");
        Assert.Equal((1 << 20) + 2, AutoTokenizer.Load(tiny.Folder).Encode(word).Length);
    }

    [Fact]
    public void Bert_s_pieces_come_back_as_words() => Assert.Equal("[CLS] hello, tokenizers! [SEP]".Replace(",", " ,").Replace("!", " !"), Bert.Decode(Bert.Encode("Hello, tokenizers!").Ids));

    [Fact]
    public void Special_tokens_can_be_left_out() => Assert.Equal("hello", Bert.Decode(Bert.Encode("Hello").Ids, skipSpecial: true));

    [Fact]
    public void Llama_alone_adds_nothing_and_beside_a_config_the_beginning()
    {
        using var tiny = new TinyFamily("llama");
        Assert.Equal(["<s>", "▁", "a", "b"], Pieces(tiny.Folder, "ab"));
        File.Delete(Path.Combine(tiny.Folder, "config.json"));
        Assert.Equal(["▁", "a", "b"], Pieces(tiny.Folder, "ab"));
        File.WriteAllText(Path.Combine(tiny.Folder, "tokenizer_config.json"), """{"add_bos_token": false, "add_eos_token": true}""");
        Assert.Equal(["▁", "a", "b", "</s>"], Pieces(tiny.Folder, "ab"));
    }

    [Fact]
    public void What_sentencepiece_cannot_spell_is_spelled_in_bytes_and_comes_back()
    {
        using var tiny = new TinyFamily("llama");
        var tokenizer = AutoTokenizer.Load(tiny.Folder);
        var ids = tokenizer.EncodePlain("aé").Ids;
        Assert.Equal(["▁", "a", "<0xC3>", "<0xA9>"], ids.Select(tokenizer.Token));
        Assert.Equal("aé", tokenizer.Decode(ids));
        Assert.Equal("\uFFFD", tokenizer.Decode(ids[^1..]));
        Assert.Equal([(0, 0), (0, 1), (1, 2), (1, 2)], tokenizer.EncodePlain("aé").Offsets);
    }

    private static IEnumerable<string> Pieces(string folder, string text)
    {
        var tokenizer = AutoTokenizer.Load(folder);
        return tokenizer.Encode(text).Ids.Select(tokenizer.Token);
    }

    private static IEnumerable<int> Numbers(JsonElement json, string name) => json.GetProperty(name).EnumerateArray().Select(number => number.GetInt32());
}
