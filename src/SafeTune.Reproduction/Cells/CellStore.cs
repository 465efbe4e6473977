using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Cells;

/// <summary>Everything that a finished cell leaves behind.</summary>
public sealed record CellResult(IReadOnlyList<ResultRow> Rows, RunRow? Run, IReadOnlyList<LayerRow> Layers)
{
    /// <summary>The training's losses, none where they were not kept.</summary>
    public IReadOnlyList<CurveRow> Curve { get; init; } = [];

    public CellKey Key => CellKey.Of(Rows[0]);
    public string Status => Rows[0].Status;
}

/// <summary>A cell's folder: what it is, whether it is done, and its results, of which row.csv is renamed into place last.</summary>
public static class CellStore
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The result of a finished cell, or null. Failed and refused cells are not finished: the next run tries them again.</summary>
    public static CellResult? Finished(Cell cell) => Read(cell) is { Status: ResultRow.Ok } result ? result : null;

    /// <summary>What lies in a cell's folder, under the name of the cell's table: another one may have trained it.</summary>
    public static CellResult? Read(Cell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        string table = cell.Key.Table;
        return Read(cell.Folder) is not { } result ? null : new CellResult(
            [.. result.Rows.Select(row => row with { Table = table, ConfigHash = cell.ConfigHash })],
            result.Run is { } run ? run with { Table = table } : null,
            [.. result.Layers.Select(layer => layer with { Table = table })])
        {
            Curve = [.. result.Curve.Select(point => point with { Table = table })],
        };
    }

    public static CellResult? Read(string folder)
    {
        List<ResultRow> rows = CsvFile.Read<ResultRow>(Path.Combine(folder, "row.csv"));
        return rows.Count == 0 ? null : new CellResult(
            rows,
            CsvFile.Read<RunRow>(Path.Combine(folder, "run.csv")).FirstOrDefault(),
            CsvFile.Read<LayerRow>(Path.Combine(folder, "layers.csv")))
        {
            // A cell that was trained before curves were kept still has its log.
            Curve = Path.Combine(folder, "curve.csv") is var curve && File.Exists(curve)
                ? CsvFile.Read<CurveRow>(curve)
                : LossCurve.Of(CellKey.Of(rows[0]), Path.Combine(folder, "metrics.jsonl")),
        };
    }

    /// <summary>Every result below artifacts/runs, newest first.</summary>
    public static IEnumerable<CellResult> All(string runsFolder) =>
        !Directory.Exists(runsFolder) ? [] : Directory.EnumerateDirectories(runsFolder)
            .Where(folder => File.Exists(Path.Combine(folder, "row.csv")))
            .OrderByDescending(folder => File.GetLastWriteTimeUtc(Path.Combine(folder, "row.csv")))
            .ThenBy(folder => folder, StringComparer.Ordinal)
            .Select(Read)
            .OfType<CellResult>();

    public static void Save(Cell cell, CellResult result)
    {
        CsvFile.Write(cell.LayersFile, result.Layers);
        CsvFile.Write(cell.CurveFile, result.Curve);
        CsvFile.Write<RunRow>(cell.RunFile, result.Run is null ? [] : [result.Run]);
        CsvFile.Write(cell.RowFile, result.Rows);
    }

    /// <summary>Writes cell.json: for people who wonder what a folder named by a hash is, and for the path-free configuration itself.</summary>
    public static void Describe(Cell cell)
    {
        var description = new JsonObject
        {
            ["cell"] = cell.Key.ToString(),
            ["config_hash"] = cell.ConfigHash,
            ["data_hash"] = cell.Data.Hash,
            ["configuration"] = JsonNode.Parse(cell.Configuration),
        };
        AtomicFile.WriteAllText(cell.DescriptionFile, description.ToJsonString(Indented) + "\n");
    }

    /// <summary>Empties a cell's folder, the lock file excepted.</summary>
    public static void Clear(Cell cell)
    {
        // The row goes first: a folder without it is an unfinished cell, whatever else is left when this is interrupted.
        File.Delete(cell.RowFile);
        foreach (string file in Directory.EnumerateFiles(cell.Folder).Where(file => file != cell.LockFile))
            File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(cell.Folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Holds the cell for this process, or returns null when another one has it. The operating system lets go when a process dies.</summary>
    public static FileStream? TryLock(Cell cell)
    {
        Directory.CreateDirectory(cell.Folder);
        return TryLock(cell.LockFile);
    }

    internal static FileStream? TryLock(string file)
    {
        try
        {
            var stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            stream.SetLength(0);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            stream.Flush();
            return stream;
        }
        catch (IOException busy) when (busy is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }
}
