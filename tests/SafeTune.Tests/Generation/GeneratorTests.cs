using FsCheck;
using FsCheck.Fluent;
using SafeTune.Generation;
using SafeTune.Measurement;
using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests.Generation;

public sealed class GeneratorTests : IDisposable
{
    private static readonly int[] Prompt = [5, 17, 42];
    private readonly Transformer model = AutoModel.Load(Golden.Path("gpt2"));

    public void Dispose() => model.Dispose();

    [Fact]
    public void One_beam_of_beam_search_is_greedy() => Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), seed =>
    {
        using var off = torch.no_grad();
        var table = new Table(seed, words: 7);
        var options = new GenerationOptions(MaxNewTokens: 8, EndIds: [0]);
        int[][] prompts = [[1, 2], [3, 4]];
        var greedy = Greedy.Search(table.Over(prompts), prompts, options).Select(row => row.Tokens);
        var beam = new BeamSearch(table.Over(prompts), prompts, options).Search().Select(row => row.Tokens);
        return greedy.Zip(beam).All(pair => pair.First.SequenceEqual(pair.Second));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Enough_beams_find_the_likeliest_text() => Prop.ForAll(Gen.Choose(0, 10_000).ToArbitrary(), seed =>
    {
        using var off = torch.no_grad();
        var table = new Table(seed, words: 3);
        int[][] prompts = [[1]];
        var found = new BeamSearch(table.Over(prompts), prompts, new GenerationOptions(MaxNewTokens: 3, Beams: 27, LengthPenalty: 0)).Search()[0];
        return Math.Abs(found.Score - Best(table, [1], 3)) < 1e-4;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_prompt_goes_on_alike_alone_and_beside_a_longer_one()
    {
        var generator = new Generator(model, new GenerationOptions(MaxNewTokens: 10, Beams: 3));
        var alone = generator.Generate([Prompt])[0];
        var beside = generator.Generate([[9, 8, 7, 6, 5, 4], Prompt])[1];
        Assert.Equal(alone.Ids, beside.Ids);
        Assert.Equal(alone.Score, beside.Score, 1e-4);
    }

    [Fact]
    public void No_ngram_comes_twice()
    {
        var ids = new Generator(model, new GenerationOptions(MaxNewTokens: 30, NoRepeatNgram: 2)).Generate([Prompt])[0].Ids;
        int[] all = [.. Prompt, .. ids];
        var pairs = all.Zip(all.Skip(1)).ToArray();
        Assert.Equal(pairs.Length, pairs.Distinct().Count());
    }

    [Fact]
    public void Every_token_is_read_once()
    {
        using var off = torch.no_grad();
        model.Train(false);
        using var reader = new CachedModel(model, [Prompt], padId: 0);
        Greedy.Search(reader, [Prompt], new GenerationOptions(MaxNewTokens: 6));
        Assert.Equal(Prompt.Length + 5, reader.TokensRead);
    }

    [Fact]
    public void Nothing_stays_in_memory_and_training_goes_on()
    {
        model.Train();
        var generator = new Generator(model, new GenerationOptions(MaxNewTokens: 5, Beams: 2));
        generator.Generate([Prompt]);
        using var meter = MemoryMeter.TryStart(torch.CPU, out var reason);
        Assert.True(meter is not null, reason);
        var before = meter.CurrentBytes;
        generator.Generate([Prompt]);
        Assert.Equal(before, meter.CurrentBytes);
        Assert.True(model.Training);
    }

    [Fact]
    public void An_end_token_ends_the_text_and_is_its_last()
    {
        var free = new Generator(model, new GenerationOptions(MaxNewTokens: 10)).Generate([Prompt])[0].Ids;
        var ended = new Generator(model, new GenerationOptions(MaxNewTokens: 10, EndIds: [free[3]])).Generate([Prompt])[0].Ids;
        Assert.Equal(free.TakeWhile(id => id != free[3]).Append(free[3]), ended);
    }

    [Fact]
    public void A_model_that_predicts_classes_generates_nothing()
    {
        using var bert = AutoModel.Load(Golden.Path("bert/classification"));
        Assert.Contains("generates no text", Assert.Throws<UsageException>(() => new Generator(bert, new GenerationOptions())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, 0, "new tokens is 0")]
    [InlineData(5, 0, 0, "beams is 0")]
    [InlineData(5, 1, -1, "n-grams that may not repeat is -1")]
    public void Options_out_of_range_are_named(int tokens, int beams, int ngram, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => new Generator(model, new GenerationOptions(tokens, beams, 1, ngram))).Message, StringComparison.Ordinal);

    [Fact]
    public void More_tokens_than_the_model_reads_are_refused() =>
        Assert.Contains("more than the 40", Assert.Throws<UsageException>(() => new Generator(model, new GenerationOptions(MaxNewTokens: 38)).Generate([Prompt])).Message, StringComparison.Ordinal);

    private static double Best(Table table, int[] text, int left) => left == 0 ? 0
        : Enumerable.Range(0, table.Words).Max(word => table.Log(text[^1], word) + Best(table, [.. text, word], left - 1));

    /// <summary>A language model that looks at the last word only.</summary>
    private sealed class Table(int seed, int words)
    {
        private readonly float[][] rows = Rows(seed, words);

        public int Words => words;

        public double Log(int last, int next) => rows[last % words][next] - Math.Log(rows[last % words].Sum(value => Math.Exp(value)));

        public INextToken Over(int[][] prompts) => new Reader(rows, [.. prompts.Select(prompt => prompt[^1])]);

        private static float[][] Rows(int seed, int words)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, words).Select(_ => Enumerable.Range(0, words).Select(_ => (float)(4 * random.NextDouble())).ToArray())];
        }

        private sealed class Reader(float[][] rows, int[] last) : INextToken
        {
            public torch.Tensor Start() => Scores(last);

            public torch.Tensor Advance(IReadOnlyList<int> parents, IReadOnlyList<int> tokens) => Scores([.. tokens]);

            private torch.Tensor Scores(int[] words) => torch.tensor(words.SelectMany(word => rows[word % rows.Length]).ToArray(), [words.Length, rows.Length], torch.ScalarType.Float32);
        }
    }
}
