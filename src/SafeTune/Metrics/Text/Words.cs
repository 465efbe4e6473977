using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>Strings as Python sees them, since the metrics' reference implementations are Python.</summary>
internal static partial class Words
{
    /// <summary><c>text.split()</c>: Python counts the four separators U+001C to U+001F as spaces, .NET does not.</summary>
    public static string[] Split(string text) => Spaces().Split(text).Where(word => word.Length > 0).ToArray();

    /// <summary><c>re.sub(r'\s+', ' ', text).strip()</c>.</summary>
    public static string SingleSpaced(string text) => Spaces().Replace(text, " ").Trim(' ');

    /// <summary><c>text.lower()</c>: full case mapping, which differs from .NET's simple one for İ and for a Σ that ends a word.</summary>
    public static string Lower(string text) => FinalSigma().Replace(text, "ς").Replace("İ", "i̇", StringComparison.Ordinal).ToLowerInvariant();

    [GeneratedRegex(@"[\s\u001c-\u001f]+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=\p{L})Σ(?!\p{L})", RegexOptions.CultureInvariant)]
    private static partial Regex FinalSigma();
}
