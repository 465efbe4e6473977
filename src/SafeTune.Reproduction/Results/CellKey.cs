namespace SafeTune.Reproduction.Results;

/// <summary>What tells one cell of the product from every other.</summary>
public interface ICellKey
{
    string Scale { get; }
    string Table { get; }
    string Model { get; }
    string Method { get; }
    string Task { get; }
    int Seed { get; }
}

/// <summary>A cell's key as a value.</summary>
public sealed record CellKey(string Table, string Scale, string Model, string Method, string Task, int Seed) : ICellKey
{
    public static CellKey Of(ICellKey row) => new(row.Table, row.Scale, row.Model, row.Method, row.Task, row.Seed);

    public override string ToString() => FormattableString.Invariant($"{Method} on {Task}, seed {Seed}");
}
