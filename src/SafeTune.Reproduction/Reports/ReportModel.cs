using SafeTune.Reproduction.Claims;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Pretraining;
using SafeTune.Reproduction.Reports.Audit;
using SafeTune.Reproduction.Reports.Summary;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>Everything a report says, free of how it is drawn.</summary>
public sealed record ReportModel(string Scale, IReadOnlyList<TableReport> Tables)
{
    /// <summary>What the pre-training of this scale's models is worth; none where they come from elsewhere.</summary>
    public IReadOnlyList<PretrainingRow> Pretraining { get; init; } = [];
    /// <summary>The paper's own figures, calculated again from its tables.</summary>
    public IReadOnlyList<AuditLine> Audit { get; init; } = [];
}

/// <summary>One table of the paper: what was run, what came out, and what to think of it.</summary>
public sealed record TableReport
{
    public required string Table { get; init; }
    public required string Title { get; init; }
    public required string Model { get; init; }
    public required string PaperModel { get; init; }
    /// <summary>What stood in for the pre-training of a model that was made from random weights; null where a hub has it pre-trained.</summary>
    public string? Made { get; init; }
    /// <summary>Whether the table has a report for each of several models.</summary>
    public bool IsOneOfSeveral { get; init; }
    /// <summary>False away from the paper's model: published numbers are then shown for orientation only.</summary>
    public required bool Comparable { get; init; }
    public required string Evaluation { get; init; }
    /// <summary>What --epochs and --max-train changed, null when nothing.</summary>
    public required string? Custom { get; init; }
    public required int Ok { get; init; }
    public required IReadOnlyList<MissingCell> Missing { get; init; }
    /// <summary>Rows and columns that can run but have no cell.</summary>
    public required IReadOnlyList<string> NotRun { get; init; }
    public required IReadOnlyList<ScoreLine> Scores { get; init; }
    /// <summary>Every metric of every cell.</summary>
    public required IReadOnlyList<MetricLine> Metrics { get; init; }
    public required IReadOnlyList<CostLine> Costs { get; init; }
    /// <summary>The task that the published memory and compute are of; null when none are published.</summary>
    public required string? PublishedCostsOf { get; init; }
    public required IReadOnlyList<RatioLine> Ratios { get; init; }
    public required IReadOnlyList<ClaimVerdict> Claims { get; init; }
    public required IReadOnlyList<ReferenceLine> References { get; init; }
    public required string? ReferenceBy { get; init; }
    public required IReadOnlyList<Pattern> Patterns { get; init; }
    public required IReadOnlyList<string> Environments { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }
    public required IReadOnlyList<string> Bands { get; init; }
    public required IReadOnlyList<string> NotReproducible { get; init; }
    /// <summary>Why a method's trade is what it is, a sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>Every method against LoRA.</summary>
    public IReadOnlyList<MethodSummary> Methods { get; init; } = [];
    /// <summary>SAFE against the adapters alone; null without a common result.</summary>
    public SafeOutcome? Safe { get; init; }
    /// <summary>The results against the verified ones, value by value; null when nobody verified the table.</summary>
    public IReadOnlyList<Difference>? Held { get; init; }
    public IReadOnlyList<CellCost> CellCosts { get; init; } = [];
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>The table's title, with the model where it has several.</summary>
    public string Heading => IsOneOfSeveral ? $"{Title}, {Model}" : Title;
    /// <summary>The table's name, with the model where it has several.</summary>
    public string Name => IsOneOfSeveral ? $"{Table}, {Model}" : Table;

    /// <summary>The part of the title before the colon: Table 1.</summary>
    public string ShortTitle => Title.Split(':')[0];
    /// <summary>The same, with the model where the table has several.</summary>
    public string ShortName => IsOneOfSeveral ? $"{ShortTitle}, {Model}" : ShortTitle;
    /// <summary>Of the table's drawings.</summary>
    public string FileName => IsOneOfSeveral ? $"{Table}-{Model}" : Table;
    public int Columns { get; init; }

    /// <summary>The heading of a part of the table's section.</summary>
    internal Heading Part(string title) => new(3, title, Reports.Heading.AnchorOf($"{FileName}-{title}"));

    public int Count(ClaimOutcome outcome) => Claims.Count(claim => claim.Outcome == outcome);
}

/// <summary>A cell without numbers and why.</summary>
public sealed record MissingCell(CellKey Key, string Status, string Reason);

/// <summary>A method's score on a task: the paper's and ours.</summary>
public sealed record ScoreLine(
    string Task, string Metric, string Method, double? Published, Spread? Reproduced, string? WhyNot, bool? InBand, int? RowsUsed, int? RowsPublished)
{
    public double? Difference => Reproduced?.Mean - Published;
}

/// <summary>One metric of one cell, as in the CSV.</summary>
public sealed record MetricLine(CellKey Key, string Metric, double? Value);

/// <summary>What a method cost on a task; means over seeds. Bytes, FLOPs and seconds as measured.</summary>
public sealed record CostLine(
    string Task, string Method, double? Resident, double? Before, double? After, double? Mean, double? Activations, double? Flops, double? Seconds,
    Spread? FrozenFraction, string LowestTrainable, string? WhyNoMemory, double? PublishedGigabytes, double? PublishedTeraflops);

/// <summary>What a method costs as a share of its adapter alone, over the seeds that both have, and the published shares of memory and compute.</summary>
public sealed record RatioLine(
    string Task, string Method, int Seeds, double? ScoreDifference, double? MemoryAfter, double? MemoryMean, double? WholeMemory, double? Flops, double? Seconds, string? WhyNoTime,
    double? PublishedMemory, double? PublishedFlops)
{
    /// <summary>The adapter that the shares are of.</summary>
    public string Adapter => Method.Split('+')[0];
    public bool IsSafe => Method.EndsWith("+safe", StringComparison.Ordinal);

    /// <summary>Whether the shares are of the published kind: less, about as much, or more. Null where nothing is published.</summary>
    public bool? MemoryAsPublished => SameKind(PublishedMemory, WholeMemory);
    /// <inheritdoc cref="MemoryAsPublished"/>
    public bool? FlopsAsPublished => SameKind(PublishedFlops, Flops);

    private static bool? SameKind(double? published, double? ours) => published is { } a && ours is { } b ? Kind(a) == Kind(b) : null;

    private static int Kind(double share) => share < 0.95 ? -1 : share > 1.05 ? 1 : 0;
}

/// <summary>LoRA's result beside another implementation's with the same settings.</summary>
public sealed record ReferenceLine(string Task, string Metric, Spread Theirs, Spread Ours, double Tolerance, bool Relative)
{
    public double Difference => Relative ? (Ours.Mean - Theirs.Mean) / Theirs.Mean : Ours.Mean - Theirs.Mean;
    public bool Holds => Math.Abs(Difference) <= Tolerance;
}

/// <summary>The blocks of one cell, probe by probe.</summary>
public sealed record Pattern(CellKey Key, IReadOnlyList<double> Epochs, IReadOnlyList<double> Tau, IReadOnlyList<IReadOnlyList<LayerRow>> Blocks)
{
    public bool Freezes => Blocks.SelectMany(block => block).Any(row => row.State != LayerRow.Trains);
    public IEnumerable<LayerRow> Events =>
        Blocks.SelectMany(block => block).Where(row => row.State == LayerRow.Freezes).OrderBy(row => row.Probe).ThenBy(row => row.Block);
}
