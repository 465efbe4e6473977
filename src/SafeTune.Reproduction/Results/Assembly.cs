using SafeTune.Reproduction.Cells;

namespace SafeTune.Reproduction.Results;

/// <summary>
/// Puts a table together from its cells. A cell of this invocation is what its folder says. For every other cell the table's own line stays, else
/// a line comes from a folder under artifacts/runs (another process may have just finished it): a partial selection loses nothing. Lines of another
/// configuration than the experiment file's present one go, so that a table never mixes two.
/// </summary>
public sealed class Assembly(TableFiles files, string runsFolder, Func<ResultRow, bool> isCurrent)
{
    private readonly Dictionary<CellKey, CellResult> _now = [];

    /// <summary>Takes over a cell's result; a new one is in the table at once.</summary>
    public void Add(CellResult result, bool isNew)
    {
        ArgumentNullException.ThrowIfNull(result);
        _now[result.Key] = result;
        if (isNew)
            Write([]);
    }

    /// <summary>Writes the table, with what other processes have finished; those that do so at the same time take turns.</summary>
    public void Write() => Write(CellStore.All(runsFolder));

    private void Write(IEnumerable<CellResult> folders)
    {
        Directory.CreateDirectory(runsFolder);
        using FileStream turn = Turn(Path.Combine(runsFolder, $".{files.Table}.{Path.GetFileName(files.Folder)}.lock"));
        files.Write(Merge(_now.Values, files.Read(), folders, isCurrent));
    }

    /// <summary>The first current result of each key wins.</summary>
    internal static IEnumerable<CellResult> Merge(
        IEnumerable<CellResult> now, IEnumerable<CellResult> committed, IEnumerable<CellResult> folders, Func<ResultRow, bool> isCurrent) =>
        now.Concat(committed).Concat(folders).Where(cell => isCurrent(cell.Rows[0])).DistinctBy(cell => cell.Key);

    private static FileStream Turn(string lockFile)
    {
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (CellStore.TryLock(lockFile) is { } held)
                return held;
            Thread.Sleep(100);
        }
        throw new UsageException($"{lockFile} has been held for a minute; end the other process, or delete the file if there is none.");
    }
}
