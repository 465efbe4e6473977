namespace SafeTune.Reproduction.Comparing;

/// <summary>One line of <c>results/&lt;scale&gt;/&lt;table&gt;.bands.csv</c>: how far a value may lie from the verified one, as repeated runs show it.</summary>
public sealed record BandRow
{
    public string Table { get; init; } = "";
    public string Model { get; init; } = "";
    public string Method { get; init; } = "";
    public string Task { get; init; } = "";
    public string Quantity { get; init; } = "";
    /// <summary>Half the band's width, in the quantity's unit; empty where the runs are too few, and the experiment's band counts.</summary>
    public double? Band { get; init; }
    /// <summary>The least that a band is.</summary>
    public double? Floor { get; init; }
    public int Runs { get; init; }
    /// <summary>Their seeds, with blanks between.</summary>
    public string Seeds { get; init; } = "";
    /// <summary>How the band came about.</summary>
    public string Rule { get; init; } = "";

    /// <summary>What is wrong with the line in a table's file, as a sentence; null when nothing is.</summary>
    internal string? Complaint(string table) =>
        Table != table ? $"a row of table '{Table}' in a file of {table}."
        : Band is null or (>= 0 and < double.PositiveInfinity) ? null
        : FormattableString.Invariant($"a band of {Band}; it should be a finite number of at least 0, or empty.");
}
