using System.Globalization;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>Which block mattered how much at which probe, what froze when, and what that freed.</summary>
internal static class PatternBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        if (table.Patterns.Count == 0)
            yield break;
        yield return table.Part("Importance and freezing per block");
        yield return new Prose("Importance is 1 − CKA between a block's output with adapters and without, "
            + "on a fixed probe of training examples. A block whose importance falls below τ freezes for good (❄).");
        // Hundreds of maps are no help to a reader.
        Pattern[] shown = [.. table.Patterns.GroupBy(pattern => pattern.Key with { Seed = 0 }).Select(seeds => seeds.MinBy(pattern => pattern.Key.Seed)!)];
        if (shown.Length < table.Patterns.Count)
            yield return new Prose($"Of several seeds the first is shown; all are in {table.FileName}.layers.csv.");
        bool first = true;
        foreach (Pattern pattern in shown)
        {
            string summary = $"{pattern.Key}: {Summary(pattern)}";
            yield return new Fold(summary, [.. Content(pattern)], Open: first);
            first = false;
        }
    }

    private static string Summary(Pattern pattern)
    {
        string[] frozen = [.. pattern.Events.Select(row => row.Block.ToString(CultureInfo.InvariantCulture))];
        return frozen.Length == 0 ? "nothing froze" : $"froze {string.Join(", ", frozen)} (in this order) of {pattern.Blocks.Count} blocks";
    }

    private static string? WarmUp(Pattern pattern)
    {
        IReadOnlyList<LayerRow> probes = pattern.Blocks[0];
        LayerRow? end = probes.FirstOrDefault(row => row.WarmUpEnded);
        return end is null ? null : string.Create(CultureInfo.InvariantCulture,
            $"The warm-up ended at probe {end.Probe} of {probes.Count}, after epoch {end.Epoch:0.##}; τ rose to {pattern.Tau.Max():0.0000}.");
    }

    private static IEnumerable<Block> Content(Pattern pattern)
    {
        yield return new HeatMap(pattern);
        if (!pattern.Freezes)
            yield break;
        if (WarmUp(pattern) is { } sentence)
            yield return new Prose(sentence);
        yield return new Prose("What each freezing freed, in kB (10³ bytes). "
            + "Activations are those of all blocks frozen at the same probe together: predicted, and measured at the next step.");
        yield return new Grid(
            ["block", "probe", "epoch", "step", "importance", "τ", "gradients", "optimizer", "activations predicted", "activations measured"],
            [.. pattern.Events.Select(row => (IReadOnlyList<string>)
            [
                Words.Number(row.Block, "0"), Words.Number(row.Probe, "0"), Words.Number(row.Epoch, "0.##"), Words.Number(row.Step, "0"),
                Words.Number(row.Score, "0.0000"), Words.Number(row.Tau, "0.0000"),
                Words.Kilobytes(row.GradientBytes), Words.Kilobytes(row.OptimizerBytes),
                Words.Kilobytes(row.ActivationBytesPredicted), Words.Kilobytes(row.ActivationBytesMeasured),
            ])],
            new HashSet<int>(Enumerable.Range(0, 10)));
    }
}
