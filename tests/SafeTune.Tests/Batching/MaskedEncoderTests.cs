using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Batching;

public sealed class MaskedEncoderTests : IDisposable
{
    private const int Rows = 600, MaxLength = 8;
    private readonly TinyFamily folder = new("bert", masked: true);
    private readonly Tokenizer tokenizer;
    private readonly Batches batches;

    public MaskedEncoderTests()
    {
        tokenizer = AutoTokenizer.Load(folder.Folder);
        batches = new Batches(folder.Task(Rows), new MaskedEncoder(tokenizer, MaxLength), Rows);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_token_in_seven_is_asked_for_and_eight_of_ten_are_hidden()
    {
        var (ids, labels, places) = Read(draw: 3);
        var mask = tokenizer.Find("[MASK]")!.Value;
        var asked = labels.Count(label => label != TextBatch.Ignored);
        var maskable = Read(draw: 3).Ids.Count(id => id == mask || !tokenizer.IsSpecial((int)id));
        Assert.Equal(places.Length, asked);
        // Of 4 to 6 words one is masked.
        Assert.InRange((double)asked / maskable, 0.15, 0.22);
        Assert.InRange(Share(places, place => ids[place] == mask), 0.75, 0.85);
        // A tenth stays, and so does one in 17 of those that are drawn again.
        Assert.InRange(Share(places, place => ids[place] == labels[place]), 0.07, 0.14);
        Assert.InRange(Share(places, place => ids[place] != labels[place] && ids[place] != mask), 0.06, 0.13);
    }

    [Fact]
    public void Two_texts_come_with_their_segments_and_whether_the_second_follows()
    {
        Example[] examples = [new TextExample("cat", "cat cat", 1), new TextExample("cat", "cat", 0), new TextExample("cat", null, double.NaN)];
        using var batch = (TextBatch)new Batches(new Dataset("pairs", "train", examples, null, 0), new MaskedEncoder(tokenizer, 20), 3).Of([0, 1, 2]);
        Assert.Equal([1L, 0, TextBatch.Ignored], batch.Follows!.data<long>().ToArray());
        Assert.Equal([0L, 0, 0, 1, 1, 1], batch.TokenTypes.data<long>().ToArray()[..6]);
    }

    [Fact]
    public void Of_long_texts_fifteen_in_a_hundred_tokens_are_asked_for()
    {
        var text = new PromptExample("", string.Join(' ', Enumerable.Repeat("cat", 100)));
        using var batch = (TextBatch)new Batches(new Dataset("long", "train", [text], null, 0), new MaskedEncoder(tokenizer, 200), 1).Of([0]);
        Assert.Equal(15, batch.Shape.Masked);
    }

    [Fact]
    public void Special_tokens_and_padding_are_never_masked_and_other_tokens_are_as_they_were()
    {
        using var whole = TextBatch.Of([.. folder.Task(Rows).Examples.Select(example => tokenizer.Encode(((PromptExample)example).Completion, null, MaxLength).Ids)], null, tokenizer.PadId, null);
        var original = whole.InputIds.data<long>().ToArray();
        for (var draw = 0; draw < 20; draw++)
        {
            var (ids, labels, places) = Read(draw);
            Assert.All(places, place => Assert.True(!tokenizer.IsSpecial((int)original[place]) && labels[place] == original[place]));
            Assert.All(Enumerable.Range(0, ids.Length).Except(places.Select(place => (int)place)), place => Assert.True(ids[place] == original[place] && labels[place] == TextBatch.Ignored));
        }
    }

    [Fact]
    public void A_row_s_masks_follow_from_the_draw_and_the_row_alone()
    {
        Assert.Equal(Read(draw: 5).Ids, Read(draw: 5).Ids);
        Assert.NotEqual(Read(draw: 5).Places, Read(draw: 6).Places);
        using var one = (TextBatch)batches.Of([17], draw: 5);
        using var two = (TextBatch)batches.Of([3, 17], draw: 5);
        var alone = one.InputIds.data<long>().ToArray();
        Assert.Equal(alone, two.InputIds.data<long>().ToArray()[(int)two.Length..][..alone.Length]);
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut() => Assert.All(Enumerable.Range(0, Rows), row => Assert.InRange(batches.Row(row).Encoded.Length, 6, MaxLength));

    [Fact]
    public void A_vocabulary_without_a_mask_is_refused()
    {
        using var gpt2 = new TinyFamily("gpt2");
        Assert.Contains("'[MASK]'", Assert.Throws<UsageException>(() => new MaskedEncoder(AutoTokenizer.Load(gpt2.Folder), 8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_unknown_words_is_refused() =>
        Assert.Contains("no token that can be masked", Assert.Throws<UsageException>(() => new MaskedEncoder(tokenizer, 8).Encode(new PromptExample("", "zebra"))).Message, StringComparison.Ordinal);

    private static double Share(long[] places, Func<long, bool> holds) => (double)places.Count(holds) / places.Length;

    private (long[] Ids, long[] Labels, long[] Places) Read(long draw)
    {
        using var batch = (TextBatch)batches.Of([.. Enumerable.Range(0, Rows)], draw);
        return (batch.InputIds.data<long>().ToArray(), batch.Labels!.data<long>().ToArray(), batch.Masked!.data<long>().ToArray());
    }
}
