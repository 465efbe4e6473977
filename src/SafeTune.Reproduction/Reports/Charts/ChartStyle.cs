namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>The colours of all drawings, in light and dark: one hue for memory, one for compute and what is frozen, grey for the adapter alone.</summary>
internal static class ChartStyle
{
    public const string Light = "--ink: #1c2330; --paper: #fdfdfc; --line: #d5d9e0; --faint: #5b6472; --warm: #c2500b; --pale: #e9a26f; --cold: #2f74d0;";
    public const string Dark = "--ink: #e4e7ec; --paper: #14171c; --line: #343a44; --faint: #9aa3b0; --warm: #ff9a52; --pale: #9c5a2c; --cold: #5a9bf0;";

    public const string Rules = """
        .chart text { fill: var(--ink); font: 12px system-ui, sans-serif; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; } .chart .faint { fill: var(--faint); font-size: 11px; } .chart .strong { font-weight: 700; }
        .chart line, .chart path { fill: none; stroke: var(--line); } .chart .axis { stroke: var(--faint); } .chart .dashed { stroke: var(--cold); stroke-dasharray: 3 3; }
        .chart .warm, .chart .trains { fill: var(--warm); } .chart .pale { fill: var(--pale); } .chart .cold, .chart .frozen { fill: var(--cold); }
        .chart path.warm { fill: none; stroke: var(--warm); stroke-width: 2; } .chart path.grey { stroke: var(--faint); stroke-width: 2; }
        .chart .hollow { fill: var(--paper); stroke: var(--faint); stroke-width: 1.5; }
        """;
}
