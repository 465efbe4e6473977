using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports.Audit;

/// <summary>Calculates figures of the paper again from experiments/published.</summary>
internal static class PaperAudit
{
    // 384 tokens for SQuAD and 128 for GLUE are usual; the paper states neither.
    private static readonly EncoderFlops LargeOnSquad = new(24, 1024, 384), LargeOnGlue = new(24, 1024, 128);

    /// <summary>The lines for which the tables are there.</summary>
    public static IReadOnlyList<AuditLine> Of(string published)
    {
        NumberTable? Table(string name) => Path.Combine(published, name + ".csv") is var file && File.Exists(file) ? NumberTable.Read(file) : null;
        return
        [
            .. Table("table4") is { } four ? Headline(four) : [],
            .. Table("table1") is { } one ? Glue(one) : [],
            .. Table("table2") is { } two ? Squad(two) : [],
            .. Table("figure6") is { } six ? Llama(six) : [],
        ];
    }

    private static IEnumerable<AuditLine> Headline(NumberTable table)
    {
        const string how = "the plain mean of Table 4's three columns; weights of 8, 4 and 2 give the printed figure, which the paper does not say";
        foreach (var (what, ending, printed) in new[] { ("memory", "_memory_gb", 42.85), ("compute", "_step_tflop", 34.59), ("time", "_time", 11.82) })
        {
            if (Mean([.. new[] { "nlu", "qa", "nlg" }.Select(column => Saved(table, "lora", "lora+safe", column + ending))]) is { } mean)
                yield return Percent($"Headline, {what} saved", printed, mean, how);
        }

        const double compute = 34.59;
        yield return Times("Tasks for the same compute, from the headline's 34.59 %", "2 ×", 2, 1 / (1 - (compute / 100)), "1 / (1 − 0.3459); the text says twice as many");
    }

    private static IEnumerable<AuditLine> Glue(NumberTable table)
    {
        if (Number(table, "lora+meft", "compute_tflops") / Number(table, "lora", "compute_tflops") is { } meft)
            yield return Times("MEFT's compute against LoRA's", "> 2 ×", 2, meft, "Table 1; the text says more than twice");
        if (Saved(table, "lora", "lora+zhang", "compute_tflops") is { } zhang)
            yield return Percent("Compute saved by adapters in the upper six of 24 blocks", zhang, 100 * (1 - LargeOnGlue.ShareLeft(18)), "counted for BERT-large: forward through 24 blocks, backward through six");
        // 2,490 examples in batches of 32, 80 epochs (Table 9).
        if (Number(table, "lora", "compute_tflops") / (80 * 78) is { } step)
            yield return new AuditLine("One step's compute on GLUE", "1.24 TFLOP", Words.Number(step) + " TFLOP", Math.Abs(step - 1.24) < 0.01, "Table 1's total for RTE over its 80 epochs of 78 steps; Table 4 prints the average of eight tasks, which would leave about 0.35 for the other seven");
    }

    private static IEnumerable<AuditLine> Squad(NumberTable table)
    {
        string[] models = ["bert-base", "bert-large", "roberta-base", "roberta-large"];
        if (Mean([.. models.Select(model => Saved(table, "lora", "lora+safe", "memory_gb", model))]) is { } memory)
            yield return Percent("Introduction, memory saved \"across models and tasks\"", 46.89, memory, "the mean over Table 2, so over SQuAD alone; Table 4 gives 54.08 % for the same rows, as the ratio of the means");
        if (Number(table, "lora", "compute_tflops", "roberta-base") / Number(table, "lora", "compute_tflops", "bert-base") is { } twice)
            yield return Times("RoBERTa-base's compute against BERT-base's", Words.Number(twice) + " ×", twice, 1, "equal shapes, data and epochs; the batch is twice as large, which cancels in a total");
        foreach (var (model, frozen, which) in new[] { ("roberta-large", 22, "22 of 24 blocks"), ("bert-large", 24, "all blocks") })
        {
            if (Saved(table, "lora", "lora+safe", "compute_tflops", model) is { } printed)
            {
                double most = 100 * (1 - LargeOnSquad.ShareLeft(frozen));
                yield return new AuditLine($"Compute saved on SQuAD, {model}", Words.Number(printed) + " %", $"at most {Words.Number(most)} %", printed <= most,
                    $"counted for {which} frozen from the first step on: every step still runs the whole forward pass");
            }
        }
    }

    private static IEnumerable<AuditLine> Llama(NumberTable table)
    {
        if (Saved(table, "lora", "lora+safe", "memory_gb") is { } saved && Number(table, "lora+safe", "memory_reduction_pct") is { } printed)
            yield return Percent("Memory saved on LLaMA-2-7B", printed, saved, "the two values printed beside it; no rounding of theirs gives the printed figure");
    }

    private static AuditLine Percent(string figure, double printed, double calculated, string how) =>
        new(figure, Words.Number(printed) + " %", Words.Number(calculated) + " %", Math.Abs(printed - calculated) < 0.02, how);

    private static AuditLine Times(string figure, string said, double printed, double calculated, string how) =>
        new(figure, said, Words.Number(calculated) + " ×", Math.Abs(printed - calculated) < 0.005, how);

    private static double? Mean(double?[] values) => values.Any(value => value is null) ? null : values.Average();

    /// <summary>In percent.</summary>
    private static double? Saved(NumberTable table, string of, string by, string column, string? model = null) =>
        100 * (1 - (Number(table, by, column, model) / Number(table, of, column, model)));

    private static double? Number(NumberTable table, string method, string column, string? model = null)
    {
        int[] lines = [.. table.Where("method", method).Where(line => model is null || table.Where("model", model).Contains(line))];
        return lines.Length == 0 ? null : table.Number(lines[0], column);
    }
}
