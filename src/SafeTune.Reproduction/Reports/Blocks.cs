namespace SafeTune.Reproduction.Reports;

/// <summary>A piece of a report; each renderer knows how to draw each kind.</summary>
public abstract record Block;

/// <summary>Markdown text.</summary>
public sealed record Prose(string Markdown) : Block;

/// <summary>A table; cells are Markdown, <paramref name="Numeric"/> columns are set right.</summary>
public sealed record Grid(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlySet<int> Numeric) : Block;

/// <summary>Importance of blocks over probes; frozen ones marked.</summary>
public sealed record HeatMap(Pattern Pattern) : Block;

/// <summary>Folded away under its summary.</summary>
public sealed record Fold(string Summary, IReadOnlyList<Block> Content, bool Open = false) : Block;
