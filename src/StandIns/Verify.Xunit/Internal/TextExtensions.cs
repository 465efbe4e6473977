namespace VerifyTests.Internal;

/// <summary>Extensions that stand for text; everything else is compared byte by byte.</summary>
internal static class TextExtensions
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "bat", "c", "cmake", "conf", "config", "cpp", "cs", "csproj", "css", "csv", "diff", "h", "htm", "html", "ini", "js", "json", "log", "markdown",
        "md", "patch", "props", "ps1", "py", "sh", "sql", "svg", "tex", "toml", "ts", "tsv", "txt", "xhtml", "xml", "yaml", "yml",
    };

    public static bool Contain(string extension) => Known.Contains(extension);
}
