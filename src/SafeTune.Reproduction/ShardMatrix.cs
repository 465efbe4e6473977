using System.Text.Json.Serialization;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction;

/// <summary>One leg of a matrix: a part of a table.</summary>
/// <param name="Target">The build's target.</param>
/// <param name="Scale">As in <c>--scale</c>.</param>
/// <param name="Shard">As in <c>--shard</c>.</param>
/// <param name="Cells">In this part.</param>
public sealed record ShardLeg([property: JsonPropertyName("target")] string Target, [property: JsonPropertyName("scale")] string Scale,
    [property: JsonPropertyName("shard")] string Shard, [property: JsonPropertyName("cells")] int Cells);

/// <summary>Cuts a table's cells into parts.</summary>
public static class ShardMatrix
{
    /// <summary>The parts of a table; none when the file does not have the scale. Parts without a cell are left out.</summary>
    /// <exception cref="UsageException">A mistake in the file, or in the selection.</exception>
    public static IEnumerable<ShardLeg> Of(string target, string experimentFile, Selection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (!ExperimentFile.Scales(experimentFile).Contains(selection.Scale))
            return [];
        int cells = CellList.Count(experimentFile, selection);
        return Enumerable.Range(1, selection.Shards).Select(index => new Shard(index, selection.Shards))
            .Select(shard => new ShardLeg(target, selection.Scale, shard.ToString(), Enumerable.Range(0, cells).Count(shard.Has)))
            .Where(leg => leg.Cells > 0);
    }
}
