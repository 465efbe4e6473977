using System.Security.Cryptography;
using SafeTune.Data;
using SafeTune.Reproduction.World.Probes;
using SafeTune.Reproduction.World.Text;
using SafeTune.Tests.Data;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Reproduction.World;

public sealed class TextWorldTests : IClassFixture<TextWorldTests.Written>
{
    private readonly string folder;

    public TextWorldTests(Written written) => folder = written.Folder;

    public static TheoryData<string> Tasks => [.. Glue.Tasks.Select(task => task.Name)];

    private string Datasets => Path.Combine(folder, "datasets");

    [Fact]
    public void The_same_bytes_every_time()
    {
        using var again = new TemporaryFolder();
        TextWorld.Write(again.Path);
        Assert.Equal(Hashes(folder), Hashes(again.Path));
    }

    /// <summary>Other texts need another <c>GeneratedWorld.Version</c>, or old folders are taken for new ones.</summary>
    [Fact]
    public void The_bytes_of_this_version() => Assert.Equal("a4c5568bc9f28490cd840a6cb96758d6875c0f954290ce4cc1ef36e2ef2d48a6", Joint(Hashes(folder)));

    [Fact]
    public void The_bytes_that_the_committed_models_were_pretrained_on() =>
        Assert.Equal("ae3a374a9639cfad2e1c836f48ff08834db38fb91bab1a4ff35c0bc2ae699ac0", Joint([.. Hashes(folder).Where(line => line.StartsWith("datasets/corpus/", StringComparison.Ordinal) || line.StartsWith("tokenizers/", StringComparison.Ordinal))]));

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Glue_is_read_back_with_balanced_labels(string name)
    {
        GlueTask task = Glue.Find(name);
        foreach (string split in task.EvaluationSplits.Prepend("train"))
        {
            Dataset data = Glue.Load(Path.Combine(Datasets, "glue"), task, split);
            Assert.Equal(0, data.SkippedRows);
            Assert.InRange(data.Examples.Count, split == "train" ? 900 : 300, split == "train" ? 1200 : 450);
            if (task.LabelNames is { } labels)
                Assert.All(Enumerable.Range(0, labels.Count), label => Assert.Equal(data.Examples.Count / labels.Count, data.Examples.Count(example => example.Label == label)));
            else
                Assert.InRange(data.Examples.Average(example => example.Label), 1.5, 3.5);
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void No_row_is_in_two_splits(string name)
    {
        GlueTask task = Glue.Find(name);
        (string, string?)[] rows = [.. task.EvaluationSplits.Prepend("train").SelectMany(split => Glue.Load(Path.Combine(Datasets, "glue"), task, split).Examples).Cast<TextExample>().Select(row => (row.Text, row.Pair))];
        Assert.Equal(rows.Length, rows.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void No_document_has_all_of_a_row(string name)
    {
        GlueTask task = Glue.Find(name);
        string[] documents = File.ReadAllLines(Path.Combine(Datasets, "corpus", "train.txt"));
        ILookup<string, string> bySentence = documents.SelectMany(document => document.Split(". ").Select(sentence => (sentence.TrimEnd('.') + ".", document))).ToLookup(entry => entry.Item1, entry => entry.document);
        foreach (string split in task.EvaluationSplits.Prepend("train"))
        {
            Assert.All(Glue.Load(Path.Combine(Datasets, "glue"), task, split).Examples.Cast<TextExample>(), row =>
                Assert.DoesNotContain(bySentence[row.Text], document => row.Pair is null || document.Contains(" " + row.Pair, StringComparison.Ordinal)));
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void A_bag_of_words_does_not_solve_a_task(string name)
    {
        GlueTask task = Glue.Find(name);
        Dataset train = Glue.Load(Path.Combine(Datasets, "glue"), task, "train"), dev = Glue.Load(Path.Combine(Datasets, "glue"), task, task.EvaluationSplits[0]);
        double score = LinearProbe.Score(train, dev, task.Metric is "f1" ? "accuracy" : task.Metric);
        double chance = task.LabelNames is { } labels && task.Metric is not "matthews" ? 1.0 / labels.Count : 0;
        Assert.InRange(score, chance - 0.15, chance + 0.15);
    }

    [Fact]
    public void Questions_are_read_back_and_short()
    {
        Tokenizer tokenizer = AutoTokenizer.Load(Path.Combine(folder, "tokenizers", "bert"));
        Dataset train = Squad.Load(Path.Combine(Datasets, "squad", "train-v1.1.json")), dev = Squad.Load(Path.Combine(Datasets, "squad", "dev-v1.1.json"));
        Assert.Equal((1000, 250), (train.Examples.Count, dev.Examples.Count));
        Assert.All(train.Examples.Concat(dev.Examples).Cast<QuestionExample>(), question => Assert.InRange(tokenizer.Encode(question.Question, question.Passage).Length, 20, 60));
        Assert.Empty(train.Examples.Cast<QuestionExample>().Select(question => question.Passage).Intersect(dev.Examples.Cast<QuestionExample>().Select(question => question.Passage)));
    }

    [Fact]
    public void Meaning_representations_are_read_back_with_their_references()
    {
        Dataset[] splits = [.. new[] { "train", "dev", "test" }.Select(split => E2e.Load(Path.Combine(Datasets, "e2e"), split))];
        Assert.Equal([800, 60, 100], splits.Select(split => split.Examples.Count));
        Assert.All(splits[2].Examples.Cast<ReferencedPromptExample>(), example => Assert.Equal(3, example.References.Count));
        Assert.Empty(splits[0].Examples.Cast<PromptExample>().Select(example => example.Prompt).Intersect(splits[2].Examples.Cast<ReferencedPromptExample>().Select(example => example.Prompt)));
    }

    [Fact]
    public void Articles_and_instructions_are_read_back()
    {
        Assert.StartsWith(" \n = ", ((PassageExample)WikiText.Load(Path.Combine(Datasets, "wikitext-2-raw", "wiki.test.raw")).Examples[0]).Text, StringComparison.Ordinal);
        Assert.Equal(800, DataSources.Find("lamini").Load(Datasets, "train").Examples.Count);
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void Tokenizers_spell_every_document(string family)
    {
        Tokenizer tokenizer = AutoTokenizer.Load(Path.Combine(folder, "tokenizers", family));
        Assert.InRange(tokenizer.VocabularySize, 400, 1100);
        Assert.All(File.ReadLines(Path.Combine(Datasets, "corpus", "valid.txt")), document =>
        {
            int[] ids = tokenizer.EncodePlain(document).Ids;
            Assert.InRange(ids.Length, 1, 60);
            if (family == "bert") Assert.DoesNotContain(tokenizer.Find("[UNK]")!.Value, ids);
            else Assert.Equal(document, tokenizer.Decode(ids, skipSpecial: true).TrimStart());
        });
    }

    private static string Joint(string[] lines) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    private static string[] Hashes(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => $"{Path.GetRelativePath(folder, file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}").Order(StringComparer.Ordinal)];

    public sealed class Written : IDisposable
    {
        private readonly TemporaryFolder temporary = new();

        public Written() => TextWorld.Write(temporary.Path);

        public string Folder => temporary.Path;

        public void Dispose() => temporary.Dispose();
    }
}
