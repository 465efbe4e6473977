using SafeTune.Data;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Cells;

/// <summary>What a column trains on and is scored on.</summary>
/// <param name="Train">The rows to train on.</param>
/// <param name="Evaluation">The rows to score.</param>
/// <param name="Hash">Of the files' contents, before any of it is left out.</param>
/// <param name="AvailableRows">Training rows before <c>--max-train</c>.</param>
public sealed record TaskData(Dataset Train, Dataset Evaluation, string Hash, int AvailableRows)
{
    /// <summary>Development rows that the paper moves from the large training sets to its validation set.</summary>
    private const int MovedRows = 1000;

    private static readonly string[] LargeTasks = ["sst2", "qnli", "qqp"];

    /// <summary>Reads a task's official files below <paramref name="datasetsFolder"/> and splits them by the rule.</summary>
    /// <exception cref="UsageException">A file is missing or broken.</exception>
    public static TaskData Load(string datasetsFolder, Column column, EvaluationRule rule, int? maxTrain)
    {
        ArgumentNullException.ThrowIfNull(column);
        DataSource task = DataSources.Find(column.Task);
        Dataset train = Head(task.Load(datasetsFolder, "train", column.SkipBrokenRows), column.TrainRows);
        Dataset dev = Head(task.Load(datasetsFolder, task.EvaluationSplits[0], column.SkipBrokenRows), column.EvaluationRows);
        string hash = Configuration.Hash(train.Hash + "\n" + dev.Hash);
        if (rule == EvaluationRule.Paper)
            (train, dev) = PaperSplit(task.Name, train, dev);
        return new TaskData(Head(train, maxTrain), dev, hash, train.Examples.Count);
    }

    /// <summary>
    /// The paper's counts (Table 7): half of a small dev set is the test set; the large tasks and MNLI keep the whole dev set for it, and 1,000 training
    /// rows of the large tasks go to validation. Which rows is not stated: a shuffle with a fixed seed decides, the same for every method.
    /// </summary>
    private static (Dataset Train, Dataset Test) PaperSplit(string task, Dataset train, Dataset dev)
    {
        if (task == "mnli")
            return (train, dev);
        if (LargeTasks.Contains(task))
            return (With(train, [.. Shuffled(train.Examples).Skip(MovedRows)]), dev);
        return (train, With(dev, [.. Shuffled(dev.Examples).Skip(dev.Examples.Count / 2)]));
    }

    private static Example[] Shuffled(IReadOnlyList<Example> examples)
    {
        Example[] shuffled = [.. examples];
        ulong state = 2412_03587;
        for (int last = shuffled.Length - 1; last > 0; last--)
        {
            // Knuth's 64-bit linear congruence: unlike System.Random it is ours, so the split outlives changes of .NET.
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            int other = (int)((state >> 33) % (ulong)(last + 1));
            (shuffled[last], shuffled[other]) = (shuffled[other], shuffled[last]);
        }
        return shuffled;
    }

    private static Dataset Head(Dataset data, int? rows) =>
        rows is { } most && most < data.Examples.Count ? With(data, [.. data.Examples.Take(most)]) : data;

    private static Dataset With(Dataset data, IReadOnlyList<Example> examples) =>
        data with { Examples = examples };
}
