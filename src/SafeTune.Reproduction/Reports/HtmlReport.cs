using System.Net;
using System.Text;
using Markdig;
using SafeTune.Reproduction.Reports.Charts;

namespace SafeTune.Reproduction.Reports;

/// <summary>A report as one HTML file without outside parts: readable in light and dark, and on a phone, where only wide tables scroll.</summary>
internal static class HtmlReport
{
    private static readonly MarkdownPipeline Markdig = new MarkdownPipelineBuilder().UsePipeTables().Build();

    private const string Style = $$"""
        :root { color-scheme: light dark; --stripe: #f3f4f6; {{ChartStyle.Light}} }
        @media (prefers-color-scheme: dark) { :root { --stripe: #1c2027; {{ChartStyle.Dark}} } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 72rem; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.5rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--line); } h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        p, ul { max-width: 52rem; } ul { padding-left: 1.25rem; } a { color: var(--cold); } .mark { visibility: hidden; margin-left: .4rem; text-decoration: none; font-weight: 400; } :is(h2, h3):hover .mark { visibility: visible; }
        nav ul { display: flex; flex-wrap: wrap; gap: .1rem 1.25rem; padding: 0; margin: 1rem 0; list-style: none; max-width: none; font-size: .875rem; }
        .wide { overflow-x: auto; margin: .75rem 0; }
        table { border-collapse: collapse; font-size: .875rem; overflow-wrap: normal; }
        th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        th { color: var(--faint); font-weight: 600; } tbody tr:nth-child(even) { background: var(--stripe); }
        .n { text-align: right; } td.n { font-variant-numeric: tabular-nums; white-space: nowrap; } th { vertical-align: bottom; }
        td:first-child:has(> a:only-child) { white-space: nowrap; }
        code { font-size: .85em; } summary { cursor: pointer; font-weight: 600; margin: .5rem 0; }
        details { border-top: 1px solid var(--line); padding: .25rem 0; }
        .charts { display: flex; flex-wrap: wrap; gap: 1.5rem 2.5rem; margin: 1rem 0; align-items: flex-start; } .charts svg { max-width: 100%; height: auto; }
        {{ChartStyle.Rules}}
        .trains rect { width: 26px; height: 26px; } .trains .frozen { opacity: .75; }
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
        {RenderPage(blocks)}</body>
        </html>

        """;

    /// <summary>The contents stand where the front page ends.</summary>
    private static string RenderPage(IReadOnlyList<Block> blocks)
    {
        Heading[] sections = [.. blocks.OfType<Heading>().Where(heading => heading.Level == 2)];
        Block[] front = [.. blocks.TakeWhile(block => block is not Heading { Level: 2 })];
        string contents = sections.Length < 2 ? ""
            : $"<nav aria-label=\"Contents\">\n<ul>\n{string.Concat(sections.Select(section => $"<li><a href=\"#{section.Anchor}\">{WebUtility.HtmlEncode(section.Text)}</a></li>\n"))}</ul>\n</nav>\n";
        return Render(front) + contents + Render([.. blocks.Skip(front.Length)]);
    }

    private static string Render(IReadOnlyList<Block> blocks)
    {
        var html = new StringBuilder();
        foreach (Block block in blocks)
            html.Append(Render(block).Trim()).Append('\n');
        return html.ToString();
    }

    private static string Render(Block block) => block switch
    {
        Heading heading => Render(heading),
        // A number and its sign stay on one line.
        Prose prose => Markdown.ToHtml(prose.Markdown.Replace(" %", "\u00A0%", StringComparison.Ordinal), Markdig),
        Grid grid => $"<div class=\"wide\">\n{Table(grid)}</div>",
        Figures figures => $"<div class=\"charts\">\n{string.Join('\n', figures.Charts.Select(Svg.Inline))}\n</div>",
        HeatMap map => $"<div class=\"wide\">{Svg.Inline(HeatMapSvg.Of(map.Pattern))}</div>\n{Render(new Fold("The numbers", [MarkdownReport.Table(map.Pattern)]))}",
        Fold fold => $"<details{(fold.Open ? " open" : "")}>\n<summary>{WebUtility.HtmlEncode(fold.Summary)}</summary>\n{Render(fold.Content)}</details>",
        _ => throw new ArgumentException($"no way to draw {block.GetType().Name}", nameof(block)),
    };

    // A style attribute in every cell would be a tenth of the page.
    private static string Table(Grid grid) =>
        Markdown.ToHtml(MarkdownReport.Render(grid), Markdig).Replace(" style=\"text-align: right;\"", " class=\"n\"", StringComparison.Ordinal);

    private static string Render(Heading heading)
    {
        string mark = heading.Level == 1 ? "" : $"<a class=\"mark\" href=\"#{heading.Anchor}\" aria-label=\"Link to this section\">#</a>";
        return $"<h{heading.Level} id=\"{heading.Anchor}\">{WebUtility.HtmlEncode(heading.Text)}{mark}</h{heading.Level}>";
    }
}
