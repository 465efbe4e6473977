using SafeTune.Data;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Tests.Reproduction;

/// <summary>The paper's counts (its Tables 7 and 8) from as many rows as the official files have.</summary>
public sealed class PaperSplitTests
{
    [Theory]
    // As printed, but for what the paper rounds: SQuAD 87,600 + 5,300, Cars 7,326 + 8,040, Food 68,220 + 25,300, Flowers 6,453.
    [InlineData("cola", 8551, 1043, 8551, 522)]
    [InlineData("rte", 2490, 277, 2490, 139)]
    [InlineData("stsb", 5749, 1500, 5749, 750)]
    [InlineData("mrpc", 3668, 408, 3668, 204)]
    [InlineData("sst2", 67349, 872, 66349, 872)]
    [InlineData("qqp", 363846, 40430, 362846, 40430)]
    [InlineData("qnli", 104743, 5463, 103743, 5463)]
    [InlineData("mnli", 392702, 9815, 392702, 9815)]
    [InlineData("squad", 87599, 10570, 87599, 5285)]
    [InlineData("e2e", 42061, 630, 42061, 630)]
    [InlineData("lamini", 2585615, 1, 2584615, 1)]
    [InlineData("cifar10", 50000, 10000, 45000, 10000)]
    [InlineData("fashion_mnist", 60000, 10000, 54000, 10000)]
    [InlineData("tiny_imagenet", 100000, 10000, 90000, 10000)]
    [InlineData("stanford_cars", 8144, 8041, 7330, 8041)]
    [InlineData("food101", 75750, 25250, 68175, 25250)]
    [InlineData("country211", 31650, 21100, 28485, 21100)]
    public void The_papers_counts_come_out(string task, int train, int test, int trained, int tested) =>
        Assert.Equal((trained, tested), Counts(task, split => split == "train" ? train : test));

    [Fact]
    public void E2e_and_matched_mnli_are_tested_on_their_own_sets()
    {
        Assert.Equal((3, 5), Counts("e2e", Rows(("train", 3), ("test", 5))));
        Assert.Equal((3, 6), Counts("mnli", Rows(("train", 3), ("dev_matched", 6))));
    }

    [Fact]
    public void Flowers_trains_on_the_official_test_set() =>
        Assert.Equal((6452, 1020), Counts("flowers102", Rows(("train", 1020), ("valid", 1020), ("test", 6149))));

    [Fact]
    public void Flowers_cut_by_others_is_taken_as_it_is() =>
        Assert.Equal((6452, 1020), Counts("flowers102", Rows(("train", 7169), ("test", 1020))));

    [Fact]
    public void The_rows_are_chosen_the_same_way_every_time_and_none_twice()
    {
        double[] once = Trained(), again = Trained();
        Assert.Equal(once, again);
        Assert.Equal(90, once.Distinct().Count());
        Assert.NotEqual(once.Order(), once);

        static double[] Trained()
        {
            var (split, train, test) = PaperSplit.Read(DataSources.Find("cifar10"), _ => Made(100));
            return [.. split.Cut(train, test).Train.Examples.Select(example => example.Label)];
        }
    }

    [Fact]
    public void Cells_train_on_what_is_left_of_files()
    {
        using var shop = new Workshop();
        for (var i = 0; i < 20; i++) shop.Put($"hub/datasets/country211/train/{(i % 2 == 0 ? "AD" : "CH")}/{i}.jpg", $"{i}");
        shop.Put("hub/datasets/country211/test/CH/1.jpg", "x");
        Column column = ExperimentFile.Load(shop.Experiment, "paper").Single().Column("cola") with { Task = "country211" };
        TaskData paper = TaskData.Load(Path.Combine(shop.Hub, "datasets"), column, EvaluationRule.Paper, maxTrain: null);
        TaskData dev = TaskData.Load(Path.Combine(shop.Hub, "datasets"), column, EvaluationRule.Dev, maxTrain: 5);
        Assert.Equal((18, 18, 1), (paper.Train.Examples.Count, paper.AvailableRows, paper.Evaluation.Examples.Count));
        Assert.Equal((5, 20, 1), (dev.Train.Examples.Count, dev.AvailableRows, dev.Evaluation.Examples.Count));
        Assert.Equal(paper.Hash, dev.Hash);
    }

    private static (int Train, int Test) Counts(string task, Func<string, int> rows)
    {
        var (split, train, test) = PaperSplit.Read(DataSources.Find(task), name => Made(rows(name)));
        (train, test) = split.Cut(train, test);
        return (train.Examples.Count, test.Examples.Count);
    }

    private static Func<string, int> Rows(params (string Split, int Count)[] splits) => name =>
        splits.Any(split => split.Split == name) ? splits.First(split => split.Split == name).Count : throw new MissingDataException($"There is no {name}.");

    private static Dataset Made(int rows) => new("made", "", new MadeExamples(rows, i => new TextExample("", null, i)), ["a"], SkippedRows: 0);
}
