using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>
/// What a token is: the first alternative that fits, each as long as it can be. Characters that fit none, spaces among them, are skipped.
/// The group <c>word</c> is plain words, the group <c>symbol</c> what may be spelled otherwise.
/// </summary>
internal static partial class PtbGrammar
{
    private const string Letter = @"[\p{L}\p{M}\u00ad]";
    private const string LetterOrDigit = @"[\p{L}\p{M}\p{Nd}\u00ad]";
    private const string Number = @"[.,]?\p{Nd}+(?:[.,:]\p{Nd}+)*";
    private const string Hyphen = @"[-_\u058a\u2010\u2011]";

    // 's and its like, only where no letter goes on.
    private const string Contraction = @"(?i:[msd]|re|ve|ll)(?!\p{L})";

    private const string Web = """
        </?[A-Za-z][\w:.-]*(?:[ ]+[A-Za-z][\w:.-]*(?:[ ]*=[ ]*(?:"[^"]*"|'[^']*'|[\w:.-]+))?)*[ ]*/?>
        |(?i:ftp|svn|https?|mailto)://[^\s<>|"(){}\[\]]+[^\s<>|"'(){}\[\].!?,;:&-]
        |(?i:(?:www\.(?:[^\s"'<>|.!?(){},]+\.)+[a-z]{2,4}|(?:[^\s"'<>|.!?(){},_$:/]+\.)+(?:com|net|org|edu))(?![\p{L}\p{Nd}]))(?:/[^\s"<>|()]+[^\s"<>|.!?(){},-])?
        |[\w.%+-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?
        |@[A-Za-z_]\w*|\#\p{L}\w*[\p{L}\p{Nd}]
        |[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]](?![\p{L}\p{Nd}])
        """;

    // Halves of words: can not, gon na, do n't. What is left of the second half is a token of its own.
    private const string Halves = """
        (?i:can(?=not\b)|'t(?=was\b|is\b)|go[nt](?=[nt]a\b)|wan(?=na\b)|[lg][ei]m(?=me\b)|du(?=nno\b)|n(?=no\b))
        |\p{L}*[A-MO-Za-mo-z](?=(?i:n't))|(?i:n't)(?!\p{L})
        """;

    private const string Apostrophes =
        @"[A-HJ-XZn]'(?!" + Contraction + @")\p{L}{2,}"
        + @"|\p{L}+[aeiouyAEIOUY]'(?!" + Contraction + @")[aeiouA-Z]\p{L}*"
        + @"|(?i:c'mon|c'est|cap'n|e'er|ev'ry|li'l|nat'l|s'mores|nor'easter|cont'd|(?:ol|somethin|dunkin)'(?!\p{L}))"
        + @"|'n'|'n(?![\p{L}\p{Nd}])|(?i:'(?:[2-9]0s|em|cause|till?)(?![\p{L}\p{Nd}]))|[1-9]0's|'\p{Nd}{2}(?=\s)|[Yy]'(?=\p{L})";

    private const string Numeric =
        @"(?:\p{Nd}{1,4}[- \u00a0])?\p{Nd}{1,4}[/\u2044]\p{Nd}{1,4}(?![\p{L}\p{Nd}/])"
        + @"|(?:\([0-9]{2,3}\)[ \u00a0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00a0])?[0-9]{2,4}[- \u00a0])[0-9]{3,4}[- \u00a0]?[0-9]{3,5}(?![\p{L}\p{Nd}])";

    private const string Compounds =
        LetterOrDigit + @"+(?:-\p{L}+){0,2}(?:/" + LetterOrDigit + @"+(?:-\p{L}+){0,2}){1,2}"
        + "|" + LetterOrDigit + @"[\p{L}\p{M}\p{Nd}\u00ad.,]*(?:-(?:\p{L}(?:\.\p{L})+\.|" + LetterOrDigit + @"+(?:\.\p{Nd}+)?))+(?:\.(?=[,;:]))?"
        + "|(?:[dDoOlL]'(?!" + Contraction + ")(?=" + LetterOrDigit + "))?" + Part + "(?:" + Hyphen + "(?:[dDoOlL]'(?=" + LetterOrDigit + "))?" + Part + ")+"
        + "|[dDoOlL]'(?!" + Contraction + ")" + LetterOrDigit + "{2,}|[ldjLDJ]'(?!" + Contraction + ")"
        + @"|[A-Z]+(?:[+&][A-Z]+)+|(?i:c\+\+|[cf]\#)|[A-Z]+\$";

    private const string Part = "(?:" + LetterOrDigit + @"*\p{L}" + LetterOrDigit + "*|[-+]?" + Number + ")";

    // With their period, except a single letter before the start of a sentence.
    private const string Abbreviations = """
        [A-Za-z](?=\.\s+(?:An?|As|At|But|He|Her|How|If|In|It|Many|More|Now|One|Our|She|So|Some|That|The|Their|Then|There|These|They|This|We|What|When|Who|Why|You)\s)
        |[A-Za-z](?:\.[A-Za-z])*\.(?!\p{L})
        |(?i:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thu(?:rs)?|Fri
            |Inc|Cos?|Corp|Ltd|Plc|Assn|Univ|Intl|Bros|Jr|Sr|Esq|Ph\.D|etc|al|seq|Bldg|est|ext|sq|tel|vs|cf|a\.k\.a
            |Mr|Mrs|Ms|Drs?|Profs?|Sens?|Reps?|Lt|Col|Gen|Messrs|Govs?|Adm|Rev|Maj|Sgt|Cpl|Capt|Ste?|Ave|Pres|Hon|Mt|Ft|Asst|Assoc|Mme|Mlle|Dept|Blvd|Rd|Wm|Jos
            |Calif|Colo|Conn|Fla|Ga|Mich|Minn|Mo|Penn|Tenn|Va|Vt|Wis)\.(?!\p{L})
        |(?i:nos?|figs?|pp?|ca|approx|vols?|arts?|sect?s?|paras?|op|rs)\.(?=\s?\p{Nd})
        """;

    private const string Symbols = """
        &(?:mdash|ndash|lt|gt|amp);
        |\.\.\.+|\.(?:[ \u00a0]\.){2,}|[?!]+|=+|-+|@+|\#+|_+|\*+|<<|>>
        |[\u0080\u0085\u0096\u0097.,;:"'/\\(){}\[\]%&~^|+<>$\p{S}¡¿§©\u00b2\u00b3\u00b7\u00b9¼½¾\u2013-\u2015\u2020-\u2026\u2030-\u2038\u203b-\u2044\u2070-\u208e\u2150-\u215e\u3001\u3002]
        |[\ud800-\udbff][\udc00-\udfff]
        """;

    [GeneratedRegex(
        Web + "|" + Halves + "|" + Apostrophes + "|" + Numeric + "|" + Compounds + "|" + Abbreviations
        + "|(?<word>" + Letter + LetterOrDigit + "*(?:[.!?]" + Letter + LetterOrDigit + "*)*)(?:\\.(?=[,;:]))?"
        + "|'" + Contraction + "|" + Part + "|(?<symbol>" + Symbols + ")",
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    public static partial Regex Token();
}
