namespace SafeTune.Data;

/// <summary>One of GLUE's eight tasks as the paper uses them: its official files and what is measured on it.</summary>
/// <param name="Name">cola, sst2, mrpc, stsb, rte, qnli, qqp or mnli.</param>
/// <param name="Folder">The folder of its files in the official download.</param>
/// <param name="LabelNames">The classes by index, named as in the Hugging Face hub's <c>glue</c>; null for STS-B, a regression from 0 to 5.</param>
/// <param name="Metric">The paper's: accuracy, f1, matthews or pearson (keys of <see cref="Metrics.TaskMetrics"/>).</param>
/// <param name="EvaluationSplits">The splits that results are quoted on; MNLI has two.</param>
/// <param name="PublishedTrainRows">Rows of the official train set, for "rows used of rows published".</param>
public sealed record GlueTask(
    string Name,
    string Folder,
    IReadOnlyList<string>? LabelNames,
    string Metric,
    IReadOnlyList<string> EvaluationSplits,
    int PublishedTrainRows)
{
    /// <summary>The splits there are: train, one or two dev splits, one or two test splits.</summary>
    public IReadOnlyList<string> Splits =>
        EvaluationSplits.Count == 1 ? ["train", "dev", "test"] : ["train", "dev_matched", "dev_mismatched", "test_matched", "test_mismatched"];

    /// <summary>The header's name of the text column.</summary>
    public required string TextColumn { get; init; }

    /// <summary>The header's name of the second text's column; null in a task of single texts.</summary>
    public string? PairColumn { get; init; }

    /// <summary>The header's name of the label column.</summary>
    public required string LabelColumn { get; init; }

    /// <summary>What stands in the label column for each class, by index.</summary>
    internal IReadOnlyList<string>? FileLabels { get; init; }

    /// <summary>Columns of the texts in the Hugging Face hub's parquet files.</summary>
    internal IReadOnlyList<string> HubColumns { get; init; } = [];

    /// <summary>Column names of files that come without a header (CoLA's train and dev sets).</summary>
    internal IReadOnlyList<string>? ImpliedHeader { get; init; }
}
