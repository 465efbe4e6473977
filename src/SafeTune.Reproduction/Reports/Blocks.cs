using SafeTune.Reproduction.Reports.Charts;

namespace SafeTune.Reproduction.Reports;

/// <summary>A piece of a report; each renderer knows how to draw each kind.</summary>
public abstract record Block;

/// <summary>A heading; those of level 2 make the contents.</summary>
public sealed record Heading(int Level, string Text, string Anchor) : Block
{
    /// <summary>One whose text occurs once, so that its anchor can be the one that GitHub makes of it.</summary>
    public Heading(int level, string text) : this(level, text, AnchorOf(text))
    {
    }

    /// <summary>The anchor that GitHub gives a heading.</summary>
    public static string AnchorOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Concat(text.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter is ' ' or '-' or '_')).Replace(' ', '-');
    }
}

/// <summary>Markdown text.</summary>
public sealed record Prose(string Markdown) : Block;

/// <summary>A table; cells are Markdown, <paramref name="Numeric"/> columns are set right.</summary>
public sealed record Grid(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlySet<int> Numeric) : Block
{
    private const int MostInTheOpen = 12;

    /// <summary>The table as it is, or folded under the summary when it is long.</summary>
    public Block FoldedIfLong(string summary) => Rows.Count > MostInTheOpen ? new Fold($"{summary} ({Rows.Count} lines)", [this]) : this;
}

/// <summary>Drawings beside each other; in Markdown they are files in figures/.</summary>
public sealed record Figures(IReadOnlyList<Chart> Charts) : Block;

/// <summary>Importance of blocks over probes; frozen ones marked.</summary>
public sealed record HeatMap(Pattern Pattern) : Block;

/// <summary>Folded away under its summary.</summary>
public sealed record Fold(string Summary, IReadOnlyList<Block> Content, bool Open = false) : Block;
