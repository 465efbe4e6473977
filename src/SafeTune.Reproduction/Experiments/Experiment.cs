using SafeTune.Adapters;
using SafeTune.Freezing;
using SafeTune.Generation;
using SafeTune.Reproduction.Claims;

namespace SafeTune.Reproduction.Experiments;

/// <summary>One table of the paper with one of its models at one scale: which methods on which tasks with which settings, and what is claimed of the result.</summary>
public sealed record Experiment
{
    /// <summary>The file's name without its ending, for example <c>table1</c>.</summary>
    public required string Table { get; init; }
    public required string File { get; init; }
    public required string Title { get; init; }
    public required string Scale { get; init; }
    /// <summary>Name of the model's folder in a hub.</summary>
    public required string Model { get; init; }
    /// <summary>Whether data and model are the generated world's; otherwise a hub has them.</summary>
    public required bool IsWorld { get; init; }
    /// <summary>Threads of one cell, where so small models would only waste more: the other processors train other cells. Null = all of them on one cell.</summary>
    public required int? Threads { get; init; }
    /// <summary>How the model is made where no hub has it; null = it comes from the hub.</summary>
    public required ModelRecipe? Recipe { get; init; }
    /// <summary>How texts are generated to be scored; null where none are.</summary>
    public required GenerationOptions? Generation { get; init; }
    /// <summary>The paper's model that this one stands for, which is the one that the published numbers are of.</summary>
    public required string PaperModel { get; init; }
    /// <summary>For a table that is derived and not trained: the table that each of its columns is the mean of. Otherwise empty.</summary>
    public required IReadOnlyDictionary<string, string> Sources { get; init; }
    /// <summary>Method labels as in the paper's table, top to bottom.</summary>
    public required IReadOnlyList<string> Rows { get; init; }
    public required IReadOnlyList<Column> Columns { get; init; }
    public required IReadOnlyList<int> Seeds { get; init; }
    public required EvaluationRule Evaluation { get; init; }
    /// <summary>A task with fewer training rows than this is refused: its score would mean nothing.</summary>
    public required int LeastRows { get; init; }
    public required LoraOptions Lora { get; init; }
    public required SafeOptions Safe { get; init; }
    public required IReadOnlyList<Band> Bands { get; init; }
    public required IReadOnlyDictionary<string, double> Thresholds { get; init; }
    public required IReadOnlyList<Claim> Claims { get; init; }
    public required PublishedTable? Published { get; init; }
    /// <summary>The share of the adapters that the paper's SAFE froze.</summary>
    public double FrozenShare { get; init; }
    public required ReferenceRuns? Reference { get; init; }
    /// <summary>What of the paper's table cannot be reproduced because its own numbers disagree, a sentence each.</summary>
    public required IReadOnlyList<string> NotReproducible { get; init; }
    /// <summary>Why a method's trade is what it is, where that needs an explanation: a sentence by method.</summary>
    public required IReadOnlyDictionary<string, string> Remarks { get; init; }

    public Column Column(string task) => Columns.First(column => column.Task == task);
    public bool IsDerived => Sources.Count > 0;
    public bool IsPaperModel => Model == PaperModel;
}

/// <summary>A task of a table and how to train on it.</summary>
public sealed record Column
{
    public required string Task { get; init; }
    /// <summary>The paper's metric for this task, as Metrics names it.</summary>
    public required string Metric { get; init; }
    public required double LearningRate { get; init; }
    public required int BatchSize { get; init; }
    /// <summary>Examples that go through the model together; null = the whole batch.</summary>
    public int? MicroBatchSize { get; init; }
    public required int Epochs { get; init; }
    public required int MaxLength { get; init; }
    public required bool LengthBuckets { get; init; }
    public required double WeightDecay { get; init; }
    public required double WarmUpFraction { get; init; }
    public required double? GradientClip { get; init; }
    public required bool SkipBrokenRows { get; init; }
    /// <summary>The seeds of this column where they differ from the experiment's.</summary>
    public required IReadOnlyList<int>? Seeds { get; init; }
    /// <summary>The column of the published table that holds this task's score.</summary>
    public required string? Published { get; init; }
    /// <summary>Tokens that neighbouring windows of a long text share; null = a third of the maximum length.</summary>
    public int? Stride { get; init; }
    /// <summary>Only the first so many training rows; null = all.</summary>
    public int? TrainRows { get; init; }
    /// <summary>Only the first so many rows to score; null = all.</summary>
    public int? EvaluationRows { get; init; }
    /// <summary>The column for one adapter where its settings differ.</summary>
    public IReadOnlyDictionary<string, Column> ByAdapter { get; init; } = new Dictionary<string, Column>();

    /// <summary>The column as one method trains it.</summary>
    public Column For(string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return ByAdapter.GetValueOrDefault(method.Split('+')[0], this);
    }
}

/// <summary>Which examples a score is of: the whole dev set, or the paper's test split (half of a small dev set).</summary>
public enum EvaluationRule
{
    Dev,
    Paper,
}

/// <summary>How far a quantity may lie from its verified value: exactly equal, absolute, or relative.</summary>
public sealed record Band(string Quantity, bool Exact, double? Absolute, double? Relative)
{
    public bool Holds(double expected, double found)
    {
        double distance = Math.Abs(found - expected);
        return Exact ? distance == 0
            : (Absolute is { } absolute && distance <= absolute) || (Relative is { } relative && distance <= relative * Math.Abs(expected));
    }
}

/// <summary>The paper's own numbers: a CSV with one line per method, or of a <paramref name="Model"/> and a method.</summary>
public sealed record PublishedTable(string File, string? Model, string? Memory, string? Compute, string? ResourcesOf, string? MemoryReduction);

/// <summary>Runs of another implementation with the same settings, and how close ours should be.</summary>
public sealed record ReferenceRuns(string File, string By, string Method, double Score, IReadOnlyDictionary<string, double> ScoreByTask, double RelativeLoss);
