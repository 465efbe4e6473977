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
    /// <summary>Reads a task's official files below <paramref name="datasetsFolder"/> and splits them by the rule.</summary>
    /// <exception cref="UsageException">A file is missing or broken.</exception>
    public static TaskData Load(string datasetsFolder, Column column, EvaluationRule rule, int? maxTrain)
    {
        ArgumentNullException.ThrowIfNull(column);
        DataSource task = DataSources.Find(column.Task);
        (PaperSplit? split, Dataset train, Dataset test) = rule == EvaluationRule.Paper ? PaperSplit.Read(task, Read) : (null, Read("train"), Read(task.EvaluationSplits[0]));
        (train, test) = (Head(train, column.TrainRows), Head(test, column.EvaluationRows));
        string hash = Configuration.Hash(train.Hash + "\n" + test.Hash);
        if (split is not null)
            (train, test) = split.Cut(train, test);
        return new TaskData(Head(train, maxTrain), test, hash, train.Examples.Count);

        Dataset Read(string name) => task.Load(datasetsFolder, name, column.SkipBrokenRows);
    }

    private static Dataset Head(Dataset data, int? rows) =>
        rows is { } most && most < data.Examples.Count ? data.Pick([.. Enumerable.Range(0, most)]) : data;
}
