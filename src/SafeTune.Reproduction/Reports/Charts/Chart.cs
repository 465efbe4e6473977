namespace SafeTune.Reproduction.Reports.Charts;

/// <summary>A drawing: in a page it takes the page's colours, in a file of its own it brings them along.</summary>
/// <param name="Name">Of its file, without ending.</param>
/// <param name="Title">What it shows, one line.</param>
/// <param name="Description">The same figures in words, for those who do not see them.</param>
/// <param name="Width">In pixels, as the drawing's own units.</param>
/// <param name="Height">See <paramref name="Width"/>.</param>
/// <param name="Body">SVG elements.</param>
public sealed record Chart(string Name, string Title, string Description, int Width, int Height, string Body);
