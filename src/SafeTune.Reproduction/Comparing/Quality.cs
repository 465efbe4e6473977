using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>Which way a quantity gets better.</summary>
public static class Quality
{
    private const string SquaredError = "mse";

    private static readonly string[] LossLike = ["perplexity", "word_perplexity", "loss", SquaredError, CellRows.TrainLoss, DerivedExperiment.Metric, DerivedTable.StepTeraflops];

    // Counts that follow from the settings alone: any other number is a mistake.
    private static readonly string[] Fixed = ["trainable_parameters", "total_parameters", "steps"];

    /// <summary>1 where higher is better, -1 where lower is, 0 where any change is for the worse.</summary>
    public static int Direction(string quantity)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        return Fixed.Contains(quantity) ? 0 : LossLike.Contains(quantity) || IsCost(quantity) ? -1 : 1;
    }

    /// <summary>Bytes and FLOPs.</summary>
    public static bool IsCost(string quantity)
    {
        ArgumentNullException.ThrowIfNull(quantity);
        return quantity.EndsWith("_bytes", StringComparison.Ordinal) || quantity.StartsWith("flops", StringComparison.Ordinal);
    }

    /// <summary>Stands beside the scores for comparison with other implementations, and is judged only where repeated runs say how far it scatters.</summary>
    public static bool IsBeside(string metric) => metric is CellRows.TrainLoss or SquaredError;

    /// <summary>A score of 0 to 100 points; the others are on scales of their own.</summary>
    public static bool IsInPoints(string metric) =>
        !CellRows.IsPlain(metric) && !IsBeside(metric) && metric is not (DerivedExperiment.Metric or DerivedTable.StepTeraflops) && !ResultRow.Quantities.Contains(metric);
}
