using FsCheck;
using FsCheck.Fluent;
using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

public sealed class WordPieceTests : IDisposable
{
    private const string Specials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    private static readonly WordPiece Bert = WordPiece.Load(Golden.Path("vocab/bert-base-uncased"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("unaffable", "una ##ffa ##ble")]
    [InlineData("ÀÉÎ café", "ae ##i cafe")]
    [InlineData("cafe\u0301", "cafe")]
    [InlineData("$12.50!", "$ 12 . 50 !")]
    [InlineData("ΑΣ ΟΔΟΣ", "α ##σ ο ##δ ##ο ##σ")]
    [InlineData("STRAẞE İX", "st ##raße ix")]
    [InlineData("日本 go", "日 本 go")]
    [InlineData("[SEP] [sep]", "[SEP] [ sep ]")]
    [InlineData("a\uD83D b", "a b")]
    [InlineData("a\u2028b\u0085c", "a bc")]
    public void Text_is_cut_as_BERT_cuts_it(string text, string pieces) => Assert.Equal(pieces, Pieces(Bert, text));

    [Fact]
    public void A_word_of_100_characters_is_spelled_and_one_of_101_is_unknown()
    {
        Assert.DoesNotContain(Bert.UnknownId, Bert.Encode(new string('a', 100)).Ids);
        Assert.Equal([Bert.ClassId, Bert.UnknownId, Bert.SeparatorId], Bert.Encode(new string('a', 101)).Ids);
    }

    [Fact]
    public void Characters_beyond_16_bits_count_once()
    {
        // 𝒶 is one code point and two UTF-16 units.
        Assert.Equal([(0, 0), (0, 2), (3, 4), (0, 0)], Bert.Encode("𝒶𝒶 b").Offsets);
    }

    [Theory]
    [InlineData(2, "")]
    [InlineData(3, "one")]
    [InlineData(4, "one two")]
    public void A_long_text_loses_its_end(int maxLength, string pieces) => Assert.Equal(pieces, Pieces(Bert, "one two three", maxLength: maxLength));

    [Theory]
    [InlineData(3, "", "")]
    [InlineData(4, "one", "")]
    [InlineData(5, "one", "five")]
    [InlineData(8, "one two three", "five six")]
    [InlineData(9, "one two three four", "five six")]
    public void The_longer_text_of_a_pair_is_cut_first(int maxLength, string first, string second)
    {
        var encoding = Bert.Encode("one two three four", "five six", maxLength);
        string[] expected = ["[CLS]", .. Words(first), "[SEP]", .. Words(second), "[SEP]"];
        Assert.Equal(expected, encoding.Ids.Select(Bert.Token));
        Assert.Equal(Words(second).Length + 1, encoding.Types.Sum());
    }

    [Fact]
    public void No_room_for_the_special_tokens_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Bert.Encode("a", maxLength: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bert.Encode("a", "b", maxLength: 2));
    }

    [Fact]
    public void Any_text_gives_ordered_offsets_inside_it_and_known_ids() =>
        Prop.ForAll<string, string, PositiveInt>((text, pair, room) =>
        {
            var maxLength = 3 + room.Get;
            var encoding = Bert.Encode(text ?? "", pair ?? "", maxLength);
            Assert.InRange(encoding.Length, 3, maxLength);
            Assert.All(encoding.Ids, id => Assert.InRange(id, 0, Bert.VocabularySize - 1));
            foreach (var (type, source) in new[] { (0, text ?? ""), (1, pair ?? "") })
            {
                var end = 0;
                foreach (var i in Enumerable.Range(1, encoding.Length - 2).Where(i => encoding.Types[i] == type && encoding.Offsets[i] != (0, 0)))
                {
                    // A character that decomposes may belong to several tokens, which then share it.
                    Assert.InRange(encoding.Offsets[i].Start, Math.Max(0, end - 1), encoding.Offsets[i].End - 1);
                    end = encoding.Offsets[i].End;
                }

                Assert.InRange(end, 0, source.EnumerateRunes().Count());
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Encoding_again_gives_the_same_from_several_threads()
    {
        var texts = Enumerable.Range(0, 200).Select(i => $"word{i % 50} unaffable {i}").ToArray();
        var fresh = WordPiece.Load(Golden.Path("vocab/bert-base-uncased"));
        var encoded = texts.AsParallel().AsOrdered().Select(text => string.Join(' ', fresh.Encode(text).Ids)).ToArray();
        Assert.Equal(texts.Select(text => string.Join(' ', Bert.Encode(text).Ids)), encoded);
    }

    [Theory]
    [InlineData("{\"do_lower_case\": false}", "É e")]
    [InlineData("{\"do_lower_case\": false, \"strip_accents\": true}", "E e")]
    [InlineData("{\"do_lower_case\": true, \"strip_accents\": false}", "é e")]
    [InlineData("{\"strip_accents\": null}", "e e")]
    public void The_configuration_decides_about_case_and_accents(string json, string pieces)
    {
        _folder.File("vocab.txt", Specials + "É\nE\né\ne\n");
        _folder.File("tokenizer_config.json", json);
        Assert.Equal(pieces, Pieces(WordPiece.Load(_folder.Path), "É e"));
    }

    [Fact]
    public void Chinese_characters_stay_in_words_when_the_configuration_says_so()
    {
        _folder.File("vocab.txt", Specials + "日\n日本\n本\n");
        Assert.Equal("日 本", Pieces(WordPiece.Load(_folder.Path), "日本"));
        _folder.File("tokenizer_config.json", "{\"tokenize_chinese_chars\": false}");
        Assert.Equal("日本", Pieces(WordPiece.Load(_folder.Path), "日本"));
    }

    [Fact]
    public void Special_tokens_may_have_other_names()
    {
        _folder.File("vocab.txt", "<pad>\r\n<unk>\r\n<s>\r\n</s>\r\na\r\n");
        _folder.File("tokenizer_config.json", """{"pad_token": "<pad>", "unk_token": {"content": "<unk>"}, "cls_token": "<s>", "sep_token": "</s>"}""");
        Assert.Equal([2, 4, 1, 3], WordPiece.Load(_folder.Path).Encode("a b").Ids);
    }

    [Theory]
    [InlineData("[PAD]\n[UNK]\n[CLS]\na\n", "lacks the special token '[SEP]'")]
    [InlineData("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[PAD]\n", "has the special token '[PAD]' in lines 1 and 5")]
    [InlineData("", "is empty")]
    public void A_vocabulary_without_its_special_tokens_is_refused(string vocabulary, string expected)
    {
        _folder.File("vocab.txt", vocabulary);
        Assert.Contains(expected, Assert.Throws<UsageException>(() => WordPiece.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_vocabulary_is_told_with_its_place()
    {
        var error = Assert.Throws<UsageException>(() => WordPiece.Load(_folder.Path));
        Assert.Contains(Path.Combine(_folder.Path, "vocab.txt"), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"do_lower_case\": \"yes\"}", "do_lower_case is \"yes\", expected true, false or null")]
    [InlineData("{\"pad_token\": 0}", "pad_token is 0, expected a token")]
    [InlineData("{", "cannot be read")]
    public void A_bad_configuration_is_told(string json, string expected)
    {
        _folder.File("vocab.txt", Specials);
        _folder.File("tokenizer_config.json", json);
        Assert.Contains(expected, Assert.Throws<UsageException>(() => WordPiece.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private static string Pieces(WordPiece tokenizer, string text, int maxLength = int.MaxValue) =>
        string.Join(' ', tokenizer.Encode(text, maxLength: maxLength).Ids[1..^1].Select(tokenizer.Token));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
