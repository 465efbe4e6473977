using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Reports;

/// <summary>REPORT.md and REPORT.html of a scale, made from the committed CSV files alone.</summary>
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
        return model;
    }

    /// <summary>Every scale that has results below <paramref name="root"/>.</summary>
    public static IReadOnlyList<string> Scales(string root)
    {
        string results = Path.Combine(root, "results");
        return !Directory.Exists(results) ? [] :
        [
            .. Directory.EnumerateDirectories(results)
                .Where(folder => Directory.EnumerateFiles(folder, "*.csv").Any())
                .Select(folder => Path.GetFileName(folder)!)
                .Order(StringComparer.Ordinal),
        ];
    }

    internal static ReportModel Read(string root, string scale)
    {
        string folder = Path.Combine(root, "results", scale);
        var tables = new List<TableReport>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, "experiments"), "*.yaml").Order(StringComparer.Ordinal))
        {
            var files = new TableFiles(folder, Path.GetFileNameWithoutExtension(file));
            if (!File.Exists(files.ResultsFile))
                continue;
            // A folder's name starts with its scale: mini, mini-custom, paper-nvidia-h100.
            string named = ExperimentFile.KnownScales.FirstOrDefault(known => scale == known || scale.StartsWith(known + "-", StringComparison.Ordinal)) ?? scale;
            tables.Add(new ReportBuilder(ExperimentFile.Load(file, named), files.Read()).Build());
        }
        return tables.Count > 0 ? new ReportModel(scale, tables)
            : throw new UsageException($"There are no results in {folder}; run a table first, for example --target=Table1 --scale={scale}.");
    }
}
