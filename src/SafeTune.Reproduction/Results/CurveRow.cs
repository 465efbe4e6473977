namespace SafeTune.Reproduction.Results;

/// <summary>
/// One line of <c>results/&lt;scale&gt;/&lt;table&gt;.curves.csv</c>: a stretch of one cell's training. The report's learning curves are drawn from it,
/// and it repeats to the byte like the table itself.
/// </summary>
public sealed record CurveRow : ICellKey
{
    public string Scale { get; init; } = "";
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Method { get; init; } = "";
    public string Task { get; init; } = "";
    public int Seed { get; init; }
    /// <summary>The stretch's last step.</summary>
    public int Step { get; init; }
    /// <summary>Mean over the stretch.</summary>
    public double Loss { get; init; }
}
