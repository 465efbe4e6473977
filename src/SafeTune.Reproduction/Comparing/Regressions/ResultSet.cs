using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Comparing;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>One side of a comparison.</summary>
/// <param name="Name">A folder or a git reference, as it was given.</param>
/// <param name="Tables">Their cells by table.</param>
/// <param name="Runs">Where and with what the cells were run, as far as that is recorded.</param>
/// <param name="Bands">Bands files by table.</param>
internal sealed record ResultSet(
    string Name, IReadOnlyDictionary<string, List<CellResult>> Tables, IReadOnlyList<RunRow> Runs, IReadOnlyDictionary<string, List<BandRow>> Bands)
{
    /// <summary>The commit that a git reference stands for; null for a folder.</summary>
    public string? Commit { get; init; }
}
