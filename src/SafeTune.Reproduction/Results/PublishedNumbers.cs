using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Results;

/// <summary>The paper's own numbers of one table, by method.</summary>
/// <param name="published">Where they stand; null = nowhere.</param>
internal sealed class PublishedNumbers(PublishedTable? published)
{
    private readonly NumberTable? _table = published is null ? null : NumberTable.Read(published.File);

    /// <summary>A number; null where none is printed.</summary>
    /// <param name="method">The line, of the model that <see cref="PublishedTable.Model"/> names.</param>
    /// <param name="column">The column; null = none.</param>
    public double? Of(string method, string? column)
    {
        if (column is null || _table is null)
            return null;
        int[] lines = [.. _table.Where("method", method)];
        if (published!.Model is { } model)
            lines = [.. lines.Intersect(_table.Where("model", model))];
        return lines.Length == 0 ? null : _table.Number(lines[0], column);
    }
}
