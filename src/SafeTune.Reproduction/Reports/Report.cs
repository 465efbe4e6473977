using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Pretraining;
using SafeTune.Reproduction.Reports.Audit;
using SafeTune.Reproduction.Reports.Charts;
using SafeTune.Reproduction.Resources;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>REPORT.md (with its drawings in figures/) and REPORT.html of a scale, and the README's part if it is of that scale, made from the committed CSV files alone.</summary>
public static class Report
{
    /// <summary>Writes the report of every table that has results at the scale.</summary>
    /// <param name="root">The repository's root, which holds experiments/ and results/.</param>
    /// <param name="scale">A folder's name below results/, for example <c>mini</c>.</param>
    /// <exception cref="UsageException">There are no results, or a file is broken.</exception>
    public static ReportModel Write(string root, string scale)
    {
        ReportModel model = Read(root, scale);
        string folder = Path.Combine(root, "results", scale);
        IReadOnlyList<Block> blocks = ReportDocument.Of(model);
        AtomicFile.WriteAllText(Path.Combine(folder, "REPORT.md"), MarkdownReport.Render(blocks));
        AtomicFile.WriteAllText(Path.Combine(folder, "REPORT.html"), HtmlReport.Render($"SafeTune, {scale}", blocks));
        foreach (Chart chart in Charts(blocks))
            AtomicFile.WriteAllText(Path.Combine(folder, "figures", chart.Name + ".svg"), Svg.File(chart));
        Readme.Write(root, scale);
        return model;
    }

    /// <summary>The drawings that are files in Markdown.</summary>
    internal static IEnumerable<Chart> Charts(IReadOnlyList<Block> blocks) => blocks.SelectMany(block => block switch
    {
        Figures figures => figures.Charts,
        Fold fold => Charts(fold.Content),
        _ => [],
    });

    /// <summary>Every scale that has results of trained cells below <paramref name="root"/>.</summary>
    public static IReadOnlyList<string> Scales(string root)
    {
        string results = Path.Combine(root, "results");
        return !Directory.Exists(results) ? [] :
        [
            .. Directory.EnumerateDirectories(results)
                .Where(folder => ExperimentFile.ScaleOf(Path.GetFileName(folder)) != ResourceTables.Scale)
                .Where(folder => Directory.EnumerateFiles(folder, "*.csv").Any(file => File.Exists(Path.Combine(root, "experiments", Path.GetFileNameWithoutExtension(file) + ".yaml"))))
                .Select(folder => Path.GetFileName(folder)!)
                .Order(StringComparer.Ordinal),
        ];
    }

    internal static ReportModel Read(string root, string scale)
    {
        string folder = Path.Combine(root, "results", scale);
        var tables = new List<TableReport>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "experiments"), "*.yaml").OrderBy(file => Path.GetFileName(file).StartsWith("figure", StringComparison.Ordinal)).ThenBy(file => file, StringComparer.Ordinal))
        {
            var files = new TableFiles(folder, Path.GetFileNameWithoutExtension(file));
            if (!File.Exists(files.ResultsFile))
                continue;
            List<CellResult> cells = files.Read();
            IReadOnlyList<Experiment> models = ExperimentFile.Load(file, ExperimentFile.ScaleOf(scale));
            IReadOnlyList<Difference>? held = Verification.Differences(files, models);
            foreach (Experiment model in models)
            {
                List<CellResult> of = [.. cells.Where(cell => cell.Key.Model == model.Model)];
                // A table that was stopped before its first cell has a report as well.
                if (of.Count > 0 || models.Count == 1)
                    tables.Add(new ReportBuilder(model, of).Build() with
                    {
                        IsOneOfSeveral = models.Count > 1,
                        Held = held is null ? null : [.. held.Where(difference => difference.Key.Model == model.Model)],
                    });
            }
        }
        return tables.Count > 0
            ? new ReportModel(scale, tables)
            {
                Pretraining = CsvFile.Read<PretrainingRow>(Path.Combine(folder, PretrainingWorth.FileName)),
                Audit = PaperAudit.Of(Path.Combine(root, "experiments", "published")),
            }
            : throw new UsageException($"There are no results in {folder}; run a table first, for example --target=Table1 --scale={scale}.");
    }
}
