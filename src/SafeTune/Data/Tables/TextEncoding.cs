using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace SafeTune.Data;

/// <summary>How a text file's bytes stand for characters. A byte that stands for none is an error, never a replacement character.</summary>
/// <param name="Encoding">Refuses what it cannot read or write.</param>
/// <param name="HasMark">Whether the file begins with a byte order mark, which writers repeat.</param>
internal sealed record TextEncoding(Encoding Encoding, bool HasMark)
{
    private const int Probed = 512;
    private const string SaveAdvice = "save the file as UTF-8", NameAdvice = SaveAdvice + ", or name its encoding, e.g. --encoding ";

    // The longer mark of UTF-32 before that of UTF-16, with which it begins.
    private static readonly int[] Marked = [65001, 12000, 12001, 1200, 1201];

    static TextEncoding() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>A file's: by its byte order mark, else UTF-8.</summary>
    /// <exception cref="UsageException">The file looks like UTF-16 without a mark.</exception>
    public static TextEncoding Of(string path) => Of(path, name: null, canBeNamed: false);

    /// <summary>A table's: by its byte order mark, else the named one, else UTF-8.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">As people call it: utf-8, utf-16, windows-1252, cp1252, iso-8859-1 …; null = not named.</param>
    /// <exception cref="UsageException">There is no such encoding, the mark is another one's, or the file looks like UTF-16 without a mark.</exception>
    public static TextEncoding OfTable(string path, string? name) => Of(path, name, canBeNamed: true);

    private static TextEncoding Of(string path, string? name, bool canBeNamed)
    {
        var start = Start(path);
        var named = name is null ? (int?)null : CodePage(name);
        foreach (var page in Marked)
        {
            if (!start.AsSpan().StartsWith(Encoding.GetEncoding(page).Preamble)) continue;
            // UTF-16 by name is either order.
            if (named is { } other && other != page && !(other == 1200 && page == 1201))
                throw new UsageException($"'{path}' begins with the byte order mark of {Encoding.GetEncoding(page).WebName}, and {name} was named as its encoding; leave the name out.");
            return new TextEncoding(Strict(page, path, hasMark: true, canBeNamed), HasMark: true);
        }

        if (named is null && start.AsSpan().Count((byte)0) > start.Length / 4)
            throw new UsageException($"'{path}' is not UTF-8: it has many bytes of 0, as UTF-16 has; {(canBeNamed ? NameAdvice + "utf-16" : SaveAdvice)}.");
        return new TextEncoding(Strict(named ?? 65001, path, hasMark: false, canBeNamed), HasMark: false);
    }

    /// <summary>An encoding that refuses bytes which stand for no character.</summary>
    /// <param name="page">Its code page.</param>
    /// <param name="path">The file, for the sentence.</param>
    /// <param name="hasMark">Whether a writer begins with the byte order mark.</param>
    /// <param name="canBeNamed">Whether whoever reads the sentence can name another encoding.</param>
    public static Encoding Strict(int page, string path, bool hasMark, bool canBeNamed)
    {
        Encoding known = page switch
        {
            65001 => new UTF8Encoding(hasMark),
            1200 or 1201 => new UnicodeEncoding(bigEndian: page == 1201, hasMark),
            12000 or 12001 => new UTF32Encoding(bigEndian: page == 12001, hasMark),
            _ => Encoding.GetEncoding(page),
        };
        var strict = (Encoding)known.Clone();
        (strict.EncoderFallback, strict.DecoderFallback) = (EncoderFallback.ExceptionFallback, new Refusal(path, page, canBeNamed ? NameAdvice + "windows-1252" : SaveAdvice));
        return strict;
    }

    private static int CodePage(string name)
    {
        try
        {
            return name.StartsWith("cp", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var page) ? Encoding.GetEncoding(page).CodePage : Encoding.GetEncoding(name).CodePage;
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new UsageException($"There is no encoding '{name}'; name one such as utf-8, utf-16, windows-1252 or iso-8859-1.", error);
        }
    }

    private static byte[] Start(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[Probed];
        return start[..file.ReadAtLeast(start, Probed, throwOnEndOfStream: false)];
    }

    // Called with the first bytes that cannot be read.
    private sealed class Refusal(string path, int page, string advice) : DecoderFallback
    {
        public override int MaxCharCount => 0;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer(path, page, advice);

        private sealed class Buffer(string path, int page, string advice) : DecoderFallbackBuffer
        {
            public override int Remaining => 0;

            public override bool Fallback(byte[] bytesUnknown, int index) => throw Refused(bytesUnknown);

            public override char GetNextChar() => '\0';

            public override bool MovePrevious() => false;

            private UsageException Refused(byte[] bytes)
            {
                var encoding = Encoding.GetEncoding(page).WebName;
                if (page == 65001 && Find(path) is { } place)
                    return new UsageException($"'{path}', line {place.Line}, byte {place.Byte}: 0x{place.Value:X2} is not UTF-8; {advice}.");
                return new UsageException($"'{path}' is not {encoding}: it has the bytes {Convert.ToHexString(bytes)}; {advice}.");
            }
        }
    }

    // The first byte that is not UTF-8, counted within its line. No character but the line end has its byte.
    private static (long Line, int Byte, byte Value)? Find(string path)
    {
        if (!File.Exists(path)) return null;
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        for (var line = 1L; rest.Length > 0; line++)
        {
            var end = rest.IndexOf((byte)'\n') is var found and >= 0 ? found + 1 : rest.Length;
            for (var at = 0; !Utf8.IsValid(rest[..end]);)
            {
                if (Rune.DecodeFromUtf8(rest[at..end], out _, out var length) != OperationStatus.Done) return (line, at + 1, rest[at]);
                at += length;
            }

            rest = rest[end..];
        }

        return null;
    }
}
