using System.Net;
using System.Text;
using Markdig;

namespace SafeTune.Reproduction.Reports;

/// <summary>A report as one HTML file without outside parts: readable in light and dark, and on a phone, where only wide tables scroll.</summary>
internal static class HtmlReport
{
    private static readonly MarkdownPipeline Markdig = new MarkdownPipelineBuilder().UsePipeTables().Build();

    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c2330; --paper: #fdfdfc; --line: #d5d9e0; --faint: #5b6472; --stripe: #f3f4f6; --warm: #c2500b; --cold: #2f74d0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --paper: #14171c; --line: #343a44; --faint: #9aa3b0; --stripe: #1c2027; --warm: #ff9a52; --cold: #5a9bf0; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 72rem; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; line-height: 1.2; } h2 { font-size: 1.25rem; } h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        .wide { overflow-x: auto; margin: .75rem 0; }
        table { border-collapse: collapse; font-size: .875rem; overflow-wrap: normal; }
        th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        th { color: var(--faint); font-weight: 600; } tbody tr:nth-child(even) { background: var(--stripe); }
        th[style*="right"], td[style*="right"] { font-variant-numeric: tabular-nums; white-space: nowrap; }
        code { font-size: .85em; } summary { cursor: pointer; font-weight: 600; margin: .5rem 0; }
        details { border-top: 1px solid var(--line); padding: .25rem 0; }
        .heat text { fill: var(--faint); font: 11px system-ui, sans-serif; } .heat .trains { fill: var(--warm); } .heat .frozen { fill: var(--cold); }
        """;

    public static string Render(string title, IReadOnlyList<Block> blocks) =>
        $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{WebUtility.HtmlEncode(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        {Render(blocks)}</body>
        </html>

        """;

    private static string Render(IReadOnlyList<Block> blocks)
    {
        var html = new StringBuilder();
        foreach (Block block in blocks)
            html.Append(Render(block).Trim()).Append('\n');
        return html.ToString();
    }

    private static string Render(Block block) => block switch
    {
        Prose prose => Markdown.ToHtml(prose.Markdown, Markdig),
        Grid grid => $"<div class=\"wide\">\n{Markdown.ToHtml(MarkdownReport.Render(grid), Markdig)}</div>",
        HeatMap map => $"<div class=\"wide\">{HeatMapSvg.Render(map.Pattern)}</div>\n{Render(new Fold("The numbers", [MarkdownReport.Table(map.Pattern)]))}",
        Fold fold => $"<details{(fold.Open ? " open" : "")}>\n<summary>{WebUtility.HtmlEncode(fold.Summary)}</summary>\n{Render(fold.Content)}</details>",
        _ => throw new ArgumentException($"no way to draw {block.GetType().Name}", nameof(block)),
    };
}
