using System.Buffers;

namespace VerifyTests.Internal;

/// <summary>Refuses arguments that cannot become a file name.</summary>
internal static class Guard
{
    // What any file system refuses, so that names do not depend on the machine.
    private static readonly SearchValues<char> Refused = SearchValues.Create([.. "\"<>|:*?\\/", .. Enumerable.Range(0, 32).Select(code => (char)code)]);

    public static string NotEmpty(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        return value;
    }

    public static string FileName(string name) => NotEmpty(name).AsSpan().ContainsAny(Refused)
        ? throw new ArgumentException($"Invalid character in a file name: {name}", nameof(name))
        : name;

    public static string Extension(string extension) => NotEmpty(extension).StartsWith('.')
        ? throw new ArgumentException($"An extension must not start with a period: {extension}", nameof(extension))
        : extension;

    /// <summary>The text with a dash for each character that a file name cannot have.</summary>
    public static string Cleaned(string text) => string.Create(text.Length, text, static (target, source) => source.AsSpan().ReplaceAny(target, Refused, '-'));

    public static void NoInfo(object? info)
    {
        if (info is not null)
        {
            throw new NotSupportedException("The stand-in of Verify.Xunit has no serializer: pass no info.");
        }
    }
}
