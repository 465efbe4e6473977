namespace SafeTune.Data;

/// <summary>A dataset by name, in its official layout below a folder of datasets.</summary>
/// <param name="Name">As in the paper's tables, e.g. <c>mrpc</c> or <c>squad</c>.</param>
/// <param name="EvaluationSplits">The splits that results are quoted on.</param>
/// <param name="Metrics">What is measured on it; the paper's first.</param>
/// <param name="PublishedTrainRows">Rows of the official training set, for "rows used of rows published"; 0 where there is no official one.</param>
public abstract record DataSource(string Name, IReadOnlyList<string> EvaluationSplits, IReadOnlyList<string> Metrics, int PublishedTrainRows)
{
    /// <summary>All splits.</summary>
    public virtual IReadOnlyList<string> Splits => ["train", .. EvaluationSplits];

    /// <summary>Reads one split.</summary>
    /// <param name="folder">The folder of all datasets.</param>
    /// <param name="split">One of <see cref="Splits"/>.</param>
    /// <param name="skipBrokenRows">Leaves out broken rows where the format can tell them, instead of failing, and counts them.</param>
    /// <exception cref="UsageException">A file is missing or broken: says which and what to do.</exception>
    public abstract Dataset Load(string folder, string split, bool skipBrokenRows = false);
}
