namespace SafeTune.Reproduction.Comparing.Regressions;

/// <summary>
/// Text from somebody else's files for a comment on the web. All of it stands in code spans, where Markdown, HTML, mentions and links mean nothing;
/// what could end a span or a table's cell, or be taken for a mention by whoever reads the source, is written otherwise.
/// </summary>
internal static class Untrusted
{
    /// <summary>One code span of at most <paramref name="most"/> characters.</summary>
    public static string Code(string text, int most)
    {
        string plain = string.Concat(text.Take(most + 1).Select(Plain)).Trim();
        if (plain.Length > most)
            plain = plain[..(most - 3)] + "...";
        return plain.Length == 0 ? "(empty)" : $"`{plain}`";
    }

    // ASCII alone: letters that look like others and marks that reorder a line have no place in a name.
    private static char Plain(char letter) => letter switch
    {
        '`' => '\'',
        '|' or '\\' => '/',
        '<' or '[' or '{' => '(',
        '>' or ']' or '}' => ')',
        '@' => '＠',
        '#' => '＃',
        '&' => '+',
        < ' ' => ' ',
        > '~' => '?',
        _ => letter,
    };
}
