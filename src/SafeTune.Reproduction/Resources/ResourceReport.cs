using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Resources;

/// <summary>REPORT.md and REPORT.html of the scale <c>resources</c>, from its CSV files alone.</summary>
internal static class ResourceReport
{
    /// <summary>Writes both.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="folder">Below results/.</param>
    /// <exception cref="UsageException">There are no results.</exception>
    public static void Write(string root, string folder)
    {
        IReadOnlyList<Block> blocks = Document(root, folder);
        string place = Path.Combine(root, "results", folder);
        AtomicFile.WriteAllText(Path.Combine(place, "REPORT.md"), MarkdownReport.Render(blocks));
        AtomicFile.WriteAllText(Path.Combine(place, "REPORT.html"), HtmlReport.Render($"SafeTune, {folder}", blocks));
    }

    internal static IReadOnlyList<Block> Document(string root, string folder)
    {
        var tables = new List<(IReadOnlyList<Experiment> Models, ResourceRow[] Rows)>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "experiments"), "*.yaml").Order(StringComparer.Ordinal).OrderBy(file => Path.GetFileName(file).StartsWith("figure", StringComparison.Ordinal)))
        {
            if (CsvFile.Read<ResourceRow>(Path.Combine(root, "results", folder, Path.GetFileNameWithoutExtension(file) + ".csv")) is { Count: > 0 } rows)
                tables.Add((ExperimentFile.Load(file, ResourceTables.Scale), [.. rows]));
        }

        if (tables.Count == 0)
            throw new UsageException($"There are no results in results/{folder}; run a table first, for example --target=Table1 --scale={ResourceTables.Scale}.");
        return [.. FrontPage(folder, tables), .. tables.SelectMany(table => Section(table.Models, table.Rows))];
    }

    private static IEnumerable<Block> FrontPage(string folder, IReadOnlyList<(IReadOnlyList<Experiment> Models, ResourceRow[] Rows)> tables)
    {
        ResourceRow[] all = [.. tables.SelectMany(table => table.Rows)];
        ResourceRow[] cells = [.. all.Where(row => row.Source != "mean")];
        int measured = cells.Count(row => row.Source == "measured");
        yield return new Heading(1, $"SafeTune: what a training step takes, {folder}");
        yield return new Prose($"The paper's models with random weights, at its batch sizes, every text as long as it may be, float32, operators composed as the paper's baseline had them: {measured} of {Words.Count(cells.Length, "cell", "cells")} measured"
            + $"{(measured == cells.Length ? "" : ", the others predicted and marked so")}. On {string.Join(" and ", cells.Select(row => $"{row.Device}, torch {row.Torch}").Distinct())}.\n\n"
            + Words.Bullets(new[] { (ResourceCell.AsThePaper, "as many blocks frozen as the paper says that SAFE froze"), (ResourceCell.AllButOne, "all blocks but one frozen") }.Select(state => Saved(cells, state.Item1, state.Item2)).OfType<string>())
            + "\n\nA frozen share below the top saves this much of a step from the moment of freezing on; a whole training saves less. The paper prints its share for GLUE (51 %) and for RoBERTa-large on SQuAD (92 %); 51 % stands for the rest. "
            + "Its memory figures name neither a tool nor a moment. Compute counts matrix products, forward and backward.");
        if (Printed(tables) is { } printed)
            yield return new Prose(printed);
        ResourceRow[] both = [.. cells.Where(row => row is { Source: "measured", PlannedResidentBytes: not null, PlannedPeakBytes: not null, MemoryBytes: not null })];
        if (both.Length > 0)
        {
            double[] off = [.. both.Select(row => Math.Abs(((double)(row.PlannedResidentBytes + row.PlannedPeakBytes)! / (double)row.MemoryBytes!) - 1)).Order()];
            yield return new Prose($"**The planner**, which knows only the configuration, is within {Words.Number(100 * off[off.Length / 2], "0.0")} % of the measured memory in half of {both.Length} cells and within {Words.Number(100 * off[^1], "0.0")} % in all.");
        }
    }

    /// <summary>The paper's own gigabytes beside ours, over all that it prints.</summary>
    private static string? Printed(IReadOnlyList<(IReadOnlyList<Experiment> Models, ResourceRow[] Rows)> tables)
    {
        (string Table, double Share)[] shares =
        [
            .. from table in tables
               from row in table.Rows
               let experiment = table.Models.FirstOrDefault(one => one.Model == row.Model)
               let paper = Paper(experiment, new PublishedNumbers(experiment?.Published), row)
               where paper is not null && row.MemoryBytes is not null
               select (table.Models[0].Title.Split(':')[0], (double)row.MemoryBytes! / 1e9 / paper!.Value),
        ];
        return shares.Length == 0 ? null : "**The paper's gigabytes** against ours: "
            + string.Join("; ", shares.GroupBy(share => share.Table).Select(table => $"{table.Key}: ours are {Words.Number(table.Min(share => share.Share))} to {Words.Number(table.Max(share => share.Share))} of them ({Words.Count(table.Count(), "figure", "figures")})")) + ".";
    }

    private static string? Saved(ResourceRow[] cells, string state, string words)
    {
        (double Memory, double Flops, double? Time)[] shares = [.. cells.Where(row => row.State == state).Select(row => (row, Alone: Alone(cells, row))).Where(pair => pair.Alone is { MemoryBytes: not null, Flops: not null } && pair.row is { MemoryBytes: not null, Flops: not null })
            .Select(pair => ((double)pair.row.MemoryBytes! / (double)pair.Alone!.MemoryBytes!, (double)pair.row.Flops! / (double)pair.Alone.Flops!, pair.row.StepSeconds / pair.Alone.StepSeconds))];
        if (shares.Length == 0)
            return null;
        string time = shares.Average(share => share.Time) is { } ratio ? $", {Words.Percent(1 - ratio)} less time" : "";
        return $"With {words}, a step takes {Words.Percent(1 - shares.Average(share => share.Memory))} less memory, {Words.Percent(1 - shares.Average(share => share.Flops))} less compute{time}, on average over {Words.Count(shares.Length, "cell", "cells")}.";
    }

    private static ResourceRow? Alone(IEnumerable<ResourceRow> rows, ResourceRow row) =>
        rows.FirstOrDefault(other => other.Table == row.Table && other.Model == row.Model && other.Task == row.Task && other.State == ResourceCell.Nothing && row.Method == other.Method + "+safe");

    private static IEnumerable<Block> Section(IReadOnlyList<Experiment> models, ResourceRow[] rows)
    {
        yield return new Heading(2, models[0].Title);
        string[] left = [.. models[0].Rows.Where(method => !ResourceCell.HasEqualSteps(method))];
        if (left.Length > 0)
            yield return new Prose($"Without {string.Join(", ", left)}: what these drop, prune or freeze differs from step to step.");
        foreach (IGrouping<string, ResourceRow> model in rows.GroupBy(row => row.Model))
        {
            Experiment? experiment = models.FirstOrDefault(one => one.Model == model.Key);
            var published = new PublishedNumbers(experiment?.Published);
            if (models.Count > 1)
                yield return new Heading(3, model.Key);
            bool showsPaper = model.Any(row => Paper(experiment, published, row) is not null), showsReduction = model.Any(row => PaperSaves(experiment, published, row) is not null);
            string[] header =
            [
                "task", "method", "frozen", "source", "batch", "length", "weights, optimizer GB", "step GB", "total GB", "saves",
                .. showsPaper ? ["paper GB"] : Array.Empty<string>(), .. showsReduction ? ["paper saves"] : Array.Empty<string>(), "TFLOP", "seconds", "planned GB",
            ];
            yield return new Grid(header, [.. model.Select(row => (IReadOnlyList<string>)
            [
                row.Task, row.Method, row.Source == "mean" ? row.State.Replace('_', ' ') : $"{row.FrozenBlocks} of {row.Blocks}", row.Source,
                row.Source == "mean" ? "" : row.MicroBatch == row.Batch ? Words.Number(row.Batch, "0") : $"{Words.Number(row.Batch, "0")} in parts of {row.MicroBatch}", row.Source == "mean" ? "" : Words.Number(row.Length, "0"),
                Gigabytes(row.ResidentBytes), Gigabytes(row.PeakBytes), Gigabytes(row.MemoryBytes), Words.Percent(1 - (double?)row.MemoryBytes / Alone(rows, row)?.MemoryBytes),
                .. showsPaper ? [Words.Number(Paper(experiment, published, row))] : Array.Empty<string>(), .. showsReduction ? [PaperSaves(experiment, published, row) is { } saves ? Words.Number(saves, "0") + " %" : ""] : Array.Empty<string>(),
                Words.Number(row.Flops / 1e12), Words.Number(row.StepSeconds, "0.000"), Gigabytes(row.PlannedResidentBytes + row.PlannedPeakBytes),
            ])], new HashSet<int>(Enumerable.Range(4, header.Length - 4)));
        }
    }

    // Printed of one task, and of SAFE without a word on when: held against the paper's own share.
    private static double? Paper(Experiment? experiment, PublishedNumbers published, ResourceRow row) => row.State == ResourceCell.AllButOne || experiment is null ? null
        : experiment.IsDerived ? published.Of(row.Method, experiment.Column(row.Task).Published)
        : experiment.Published?.ResourcesOf == row.Task ? published.Of(row.Method, experiment.Published.Memory) : null;

    private static double? PaperSaves(Experiment? experiment, PublishedNumbers published, ResourceRow row) =>
        row.State == ResourceCell.AsThePaper ? published.Of(row.Method, experiment?.Published?.MemoryReduction) : null;

    private static string Gigabytes(long? bytes) => Words.Number(bytes / 1e9);
}
