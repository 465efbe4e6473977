using SafeTune.Reproduction.Cells;

namespace SafeTune.Reproduction.Results;

/// <summary>The committed files of one table at one scale: <c>table1.csv</c>, <c>table1.runs.csv</c>, <c>table1.layers.csv</c> and <c>table1.curves.csv</c>.</summary>
public sealed class TableFiles(string folder, string table)
{
    public string Folder => folder;
    public string Table => table;
    public string ResultsFile => Path.Combine(folder, table + ".csv");
    public string RunsFile => Path.Combine(folder, table + ".runs.csv");
    public string LayersFile => Path.Combine(folder, table + ".layers.csv");
    public string CurvesFile => Path.Combine(folder, table + ".curves.csv");
    /// <summary>The results that somebody accepted.</summary>
    public string VerifiedFile => Path.Combine(folder, table + ".verified.csv");
    /// <summary>How far a rerun may lie from them, by repeated runs.</summary>
    public string BandsFile => Path.Combine(folder, table + ".bands.csv");

    /// <summary>The cells in the files, none when there are no files.</summary>
    public List<CellResult> Read()
    {
        ILookup<CellKey, RunRow> runs = CsvFile.Read<RunRow>(RunsFile).ToLookup(CellKey.Of);
        ILookup<CellKey, LayerRow> layers = CsvFile.Read<LayerRow>(LayersFile).ToLookup(CellKey.Of);
        ILookup<CellKey, CurveRow> curves = CsvFile.Read<CurveRow>(CurvesFile).ToLookup(CellKey.Of);
        return [.. CsvFile.Read<ResultRow>(ResultsFile).GroupBy(CellKey.Of).Select(rows =>
            new CellResult([.. rows], runs[rows.Key].FirstOrDefault(), [.. layers[rows.Key]]) { Curve = [.. curves[rows.Key]] })];
    }

    /// <summary>Writes the cells sorted; equal cells give equal bytes. The table itself is renamed into place last.</summary>
    public void Write(IEnumerable<CellResult> cells)
    {
        CellResult[] sorted =
        [
            .. cells.OrderBy(cell => cell.Key.Model, StringComparer.Ordinal)
                .ThenBy(cell => cell.Key.Task, StringComparer.Ordinal)
                .ThenBy(cell => cell.Key.Method, StringComparer.Ordinal)
                .ThenBy(cell => cell.Key.Seed),
        ];
        CsvFile.Write(CurvesFile, sorted.SelectMany(cell => cell.Curve));
        CsvFile.Write(LayersFile, sorted.SelectMany(cell => cell.Layers));
        CsvFile.Write(RunsFile, sorted.Select(cell => cell.Run).OfType<RunRow>());
        CsvFile.Write(ResultsFile, sorted.SelectMany(cell => cell.Rows.OrderBy(row => row.Metric, StringComparer.Ordinal)));
    }
}
