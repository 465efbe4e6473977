using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing;

/// <summary>The tables that have results, or verified results, each with its experiments.</summary>
internal static class HeldTables
{
    /// <summary>Those of one scale, or of all.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static IReadOnlyList<(TableFiles Files, IReadOnlyList<Experiment> Experiments)> Of(string root, string? scale)
    {
        var found = (scale is null ? Report.Scales(root) : [scale]).SelectMany(folder => Known(root).Select(file => (Folder: folder, File: file)))
            .Select(each => (each.File, each.Folder, Files: new TableFiles(Path.Combine(root, "results", each.Folder), Path.GetFileNameWithoutExtension(each.File))))
            .Where(each => File.Exists(each.Files.ResultsFile) || File.Exists(each.Files.VerifiedFile))
            .Select(each => (each.Files, Experiments(each.File, each.Folder))).ToList();
        return found.Count > 0 ? found : throw new UsageException(scale is null
            ? $"There are no results in {Path.Combine(root, "results")}; run a table first, for example --target=Table1."
            : $"There are no results in {Path.Combine(root, "results", scale)}; run a table first, for example --target=Table1 --scale={scale}.");
    }

    /// <summary>The experiment files.</summary>
    public static IEnumerable<string> Known(string root) => Directory.EnumerateFiles(Path.Combine(root, "experiments"), "*.yaml").Order(StringComparer.Ordinal);

    /// <summary>A table's experiments at the scale that a folder of results is named after.</summary>
    public static IReadOnlyList<Experiment> Experiments(string file, string folder)
    {
        string scale = ExperimentFile.ScaleOf(folder);
        // Bands stand at the top of a file: where a scale was taken out of it, the paper's judge.
        return ExperimentFile.Load(file, ExperimentFile.Scales(file).Contains(scale) ? scale : "paper");
    }
}
