using System.Globalization;
using System.Net;
using System.Text;

namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>Writes SVG elements: numbers in the invariant culture, texts escaped.</summary>
internal sealed class Svg
{
    private const int FileMargin = 10;

    private readonly StringBuilder _body = new();

    public Svg Text(double x, double y, string text, string style = "", string anchor = "start") =>
        Add($"<text x=\"{x:0.##}\" y=\"{y:0.##}\"{Class(style)} text-anchor=\"{anchor}\">{Escape(text)}</text>");

    public Svg Rect(double x, double y, double width, double height, string style, string? title = null) =>
        Add($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"{Class(style)}{Titled("rect", title)}");

    public Svg Circle(double x, double y, double radius, string style, string? title = null) =>
        Add($"<circle cx=\"{x:0.##}\" cy=\"{y:0.##}\" r=\"{radius:0.##}\"{Class(style)}{Titled("circle", title)}");

    public Svg Line(double x1, double y1, double x2, double y2, string style = "") =>
        Add($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\"{Class(style)}/>");

    /// <summary>Elements that have their place and their style in common.</summary>
    public Svg Row(double x, double y, string style, IEnumerable<FormattableString> elements) =>
        Add($"<g transform=\"translate({x:0.##} {y:0.##})\"{Class(style)}>{string.Concat(elements.Select(element => element.ToString(CultureInfo.InvariantCulture)))}</g>");

    /// <summary>Level lines with the numbers of <paramref name="y"/>, and those of <paramref name="x"/> below.</summary>
    public Svg Axes(Scale x, Scale y)
    {
        foreach (double tick in y.Ticks)
            Line(x.Start, y[tick], x.End, y[tick]).Text(x.Start - 5, y[tick] + 4, Words.Number(tick, y.Format), "faint", "end");
        foreach (double tick in x.Ticks)
            Text(x[tick], y.Start + 15, Words.Number(tick, x.Format), "faint", "middle");
        return this;
    }

    /// <summary>Straight from point to point.</summary>
    public Svg Path(IEnumerable<(double X, double Y)> points, string style) =>
        Add($"<path d=\"M{string.Join(" L", points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.##} {point.Y:0.##}")))}\"{Class(style)}/>");

    public Chart Chart(string name, string title, string description, int width, int height) => new(name, title, description, width, height, _body.ToString());

    /// <summary>The drawing as a part of a page that has <see cref="ChartStyle"/>'s rules.</summary>
    public static string Inline(Chart chart) => Open(chart, 0, "") + chart.Body + "</svg>";

    /// <summary>The drawing as a file: with the rules, and on its own ground, because the page around it may be of the other scheme.</summary>
    public static string File(Chart chart) => $$"""
        {{Open(chart, FileMargin, " xmlns=\"http://www.w3.org/2000/svg\"")}}<style>
        :root { {{ChartStyle.Light}} } @media (prefers-color-scheme: dark) { :root { {{ChartStyle.Dark}} } }
        .ground { fill: var(--paper); }
        {{ChartStyle.Rules}}
        </style>
        <rect class="ground" x="{{-FileMargin}}" y="{{-FileMargin}}" width="100%" height="100%"/>
        {{chart.Body}}</svg>

        """;

    private static string Open(Chart chart, int margin, string more)
    {
        int width = chart.Width + (2 * margin), height = chart.Height + (2 * margin);
        return string.Create(CultureInfo.InvariantCulture, $"<svg class=\"chart\" role=\"img\" viewBox=\"{-margin} {-margin} {width} {height}\" width=\"{width}\" height=\"{height}\"{more}>\n")
            + $"<title>{Escape(chart.Title)}</title>\n<desc>{Escape(chart.Description)}</desc>\n";
    }

    private Svg Add(FormattableString element)
    {
        _body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }

    private static string Class(string style) => style.Length == 0 ? "" : $" class=\"{style}\"";

    private static string Titled(string element, string? title) => title is null ? "/>" : $"><title>{Escape(title)}</title></{element}>";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
