using SafeTune.Reproduction.Pretraining;

namespace SafeTune.Reproduction.Reports.Sections;

/// <summary>What the small models' pre-training is worth, task by task.</summary>
internal static class PretrainingBlocks
{
    // Of these the smaller is the better.
    private static readonly string[] Errors = ["perplexity", "word_perplexity"];

    public static IEnumerable<Block> Of(IReadOnlyList<PretrainingRow> rows)
    {
        if (rows.Count == 0)
            return [];
        double?[] gains = [.. rows.Where(row => !Errors.Contains(row.Metric)).Select(row => row.Pretrained - row.RandomWeights)];
        string summary = $"What pre-training is worth: LoRA's score rises by {Words.Signed(gains.Min())} to {Words.Signed(gains.Max())} points, {Words.Signed(gains.Average())} on average";
        return
        [
            new Heading(2, "What pre-training is worth"),
            new Fold(summary,
            [
                new Prose("Each task with LoRA and the table's settings (seed 1), from the pre-trained model and from the random weights that its pre-training began with. "
                    + "The linear probe is a logistic (or linear) regression on counts of words, or on pixels: a task on which it does well would need no network. Perplexities are the better the smaller."),
                new Grid(["table", "model", "task", "metric", "linear probe", "random weights", "pre-trained", "difference"], [.. rows.Select(row => (IReadOnlyList<string>)
                [
                    row.Table, row.Model, row.Task, row.Metric, Words.Number(row.LinearProbe), Words.Number(row.RandomWeights), Words.Number(row.Pretrained), Words.Signed(row.Pretrained - row.RandomWeights),
                ])], new HashSet<int> { 4, 5, 6, 7 }),
            ]),
        ];
    }
}
