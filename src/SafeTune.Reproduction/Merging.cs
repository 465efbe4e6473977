using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Reports;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction;

/// <summary>Unites what several machines measured: shards of a table become the table that one machine would have written, byte for byte.</summary>
internal static class Merging
{
    /// <summary>Writes <c>results/&lt;scale&gt;/</c> from the folders' results alone, and the report.</summary>
    /// <param name="root">The repository's root.</param>
    /// <param name="experiments">Of the tables; a derived one is derived anew from its sources.</param>
    /// <param name="scale">A folder of results goes by it, alone or followed by a GPU's name.</param>
    /// <param name="folders">Each holds a table's files, directly or in a folder of a scale somewhere below.</param>
    /// <param name="output">For the summary.</param>
    /// <returns>The reports, one for each folder of results.</returns>
    /// <exception cref="UsageException">A folder has no such table, or two of them have different results for a cell: nothing is written then.</exception>
    public static IReadOnlyList<ReportModel> Merge(string root, IReadOnlyList<Experiment> experiments, string scale, IReadOnlyList<string> folders, TextWriter output)
    {
        string[] tables = [.. experiments.SelectMany(experiment => experiment.IsDerived ? experiment.Sources.Values : [experiment.Table]).Distinct()];
        TableFiles[] found = [.. folders.SelectMany(folder => Find(folder, tables, scale))];
        var merged = found.GroupBy(files => (Folder: Destination(files.Folder, scale), files.Table)).Select(parts => (Into: new TableFiles(Path.Combine(root, "results", parts.Key.Folder), parts.Key.Table), Cells: Union([.. parts]))).ToList();
        foreach (var (into, cells) in merged)
        {
            into.Write(cells);
            output.WriteLine(FormattableString.Invariant($"{into.ResultsFile}: {cells.Count} cells of {folders.Count} folders."));
        }

        var reports = new List<ReportModel>();
        foreach (string folder in merged.Select(one => Path.GetFileName(one.Into.Folder)).Distinct())
        {
            foreach (Experiment derived in experiments.Where(experiment => experiment.IsDerived))
                DerivedTable.Write(Path.Combine(root, "results", folder), derived);
            reports.Add(Report.Write(root, folder));
        }

        return reports;
    }

    private static IEnumerable<TableFiles> Find(string folder, string[] tables, string scale)
    {
        if (!Directory.Exists(folder))
            throw new UsageException($"--merge names '{folder}', which is no folder.");
        TableFiles[] found =
        [
            .. Directory.EnumerateFiles(folder, "*.csv", SearchOption.AllDirectories)
                .Where(file => tables.Contains(Path.GetFileNameWithoutExtension(file)))
                .Where(file => Path.GetDirectoryName(file) == folder.TrimEnd('/') || IsOf(Path.GetFileName(Path.GetDirectoryName(file)!), scale))
                .Order(StringComparer.Ordinal)
                .Select(file => new TableFiles(Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file))),
        ];
        return found.Length > 0 ? found : throw new UsageException($"There are no results of {string.Join(", ", tables)} at scale {scale} in '{folder}'; name folders with {tables[0]}.csv in them or in a folder {scale}/ below.");
    }

    private static bool IsOf(string name, string scale) => name == scale || name.StartsWith(scale + "-", StringComparison.Ordinal);

    private static string Destination(string folder, string scale) => IsOf(Path.GetFileName(folder), scale) ? Path.GetFileName(folder) : scale;

    private static List<CellResult> Union(TableFiles[] parts)
    {
        var union = new Dictionary<CellKey, (CellResult Cell, TableFiles From)>();
        foreach (TableFiles part in parts)
        {
            foreach (CellResult cell in part.Read())
            {
                if (!union.TryGetValue(cell.Key, out var other))
                    union[cell.Key] = (cell, part);
                else if (!Same(other.Cell, cell))
                    throw new UsageException($"{other.From.ResultsFile} and {part.ResultsFile} have different results for {cell.Key} ({cell.Key.Model}): remove the one that is wrong, or merge them apart.");
            }
        }

        return [.. union.Values.Select(entry => entry.Cell)];
    }

    // Times differ whenever a cell is run twice.
    private static bool Same(CellResult one, CellResult other) =>
        one.Rows.OrderBy(row => row.Metric, StringComparer.Ordinal).SequenceEqual(other.Rows.OrderBy(row => row.Metric, StringComparer.Ordinal)) && one.Layers.SequenceEqual(other.Layers);
}
