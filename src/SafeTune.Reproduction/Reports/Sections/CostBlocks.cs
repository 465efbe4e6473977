namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>What each method cost.</summary>
internal static class CostBlocks
{
    public static IEnumerable<Block> Of(TableReport table)
    {
        yield return table.Part("Memory, compute and time");
        yield return new Prose("Memory in MB (10⁶ bytes) by libtorch's allocator: resident is weights and optimizer state; "
            + "before, after and mean are peaks of training steps above it, before the first freezing, after the last one, and averaged over all steps. "
            + "Compute is the whole training's matrix products, multiply-add = 2. Time is training and SAFE's probes. "
            + "Layers count from 0; the lowest trainable one decides how far the backward pass goes.");
        yield return new Grid(
            ["task", "method", "resident", "before", "after", "mean", "activations", "TFLOP", "seconds", "frozen", "lowest trainable layer"],
            [.. table.Costs.Select(line => (IReadOnlyList<string>)
            [
                line.Task, line.Method, Words.Megabytes(line.Resident), Words.Megabytes(line.Before), Words.Megabytes(line.After), Words.Megabytes(line.Mean),
                Words.Megabytes(line.Activations),
                Words.Teraflops(line.Flops), Words.Number(line.Seconds, "0"), Words.Percent(line.FrozenFraction?.Mean), line.LowestTrainable,
            ])],
            new HashSet<int> { 2, 3, 4, 5, 6, 7, 8, 9, 10 }).FoldedIfLong("Task by task");
        string[] reasons = [.. table.Costs.Select(line => line.WhyNoMemory).OfType<string>().Distinct()];
        if (reasons.Length > 0)
            yield return new Prose($"Empty cells: {string.Join("; ", reasons)}.");
        CostLine[] published = [.. table.Costs.Where(line => line.PublishedGigabytes is not null || line.PublishedTeraflops is not null)];
        if (published.Length > 0)
        {
            yield return new Prose("Published memory is held against resident + after, published compute against the sum of forward and backward; "
                + "away from the paper's hardware and model only ratios mean anything.");
            string[] header = ["task", "method", "published GB", "reproduced GB", "published TFLOP", "reproduced TFLOP"];
            yield return new Grid(header, [.. published.Select(line => (IReadOnlyList<string>)
            [
                line.Task, line.Method, Words.Number(line.PublishedGigabytes), Words.Number((line.Resident + line.After) / 1e9),
                Words.Number(line.PublishedTeraflops, "0"), Words.Teraflops(line.Flops),
            ])], new HashSet<int> { 2, 3, 4, 5 });
        }
        else if (table.PublishedCostsOf is { } task)
        {
            yield return new Prose($"The published memory and compute are of {task}, which has no result here.");
        }
    }
}
