using System.Text.RegularExpressions;

namespace SafeTune.Metrics.Text;

/// <summary>A word and what METEOR compares of it.</summary>
internal sealed partial record MeteorWord(string Text)
{
    // The most frequent English words and marks: METEOR discounts what makes up more than a thousandth of a corpus.
    private static readonly HashSet<string> Functions = [.. Words.Split("""
        a about after all also an and any are as at back be because been before being between both but by can could did do does down during each even first for from
        get go had has have he her here him his how i if in into is it its just last like made make many may me more most mr much must my n't new no not now of off
        on one only or other our out over own people re s said same say says see she should since so some such t than that the their them then there these they
        this those through time to too two under until up us use very was way we well were what when where which while who will with would year years you your
        ' 's 't 're 've 'll 'd 'm n , . " - : ; ( ) ? ! $ % & /
        """)];

    private readonly string stem = EnglishStemmer.Stem(Text);
    private readonly IReadOnlySet<string> meanings = WordNet.Installed?.Meanings(Text) ?? Empty;

    public bool IsFunction { get; } = Functions.Contains(Text);

    private static IReadOnlySet<string> Empty { get; } = new HashSet<string>();

    /// <summary>The words of a text, normalised as by the jar's <c>-norm</c>: hyphens separate, other signs stand alone, contractions are cut.</summary>
    public static MeteorWord[] All(string text)
    {
        var spaced = Contraction().Replace(Dash().Replace(Sign().Replace(text, " $0 "), " "), " '");
        return [.. Words.Split(spaced).Select(word => new MeteorWord(word))];
    }

    /// <summary>How the words match; null when they do not.</summary>
    public MeteorMatchKind? Matches(MeteorWord other) =>
        Text == other.Text ? MeteorMatchKind.Exact
        : stem == other.stem ? MeteorMatchKind.Stem
        : meanings.Overlaps(other.meanings) ? MeteorMatchKind.Synonym
        : null;

    [GeneratedRegex(@"[^\p{L}\p{M}\p{Nd}\s.',-]", RegexOptions.CultureInvariant)]
    private static partial Regex Sign();

    [GeneratedRegex(@"(?<=[\p{L}\p{Nd}.])-(?=[\p{L}\p{Nd}])", RegexOptions.CultureInvariant)]
    private static partial Regex Dash();

    [GeneratedRegex(@"(?<=\p{L})'(?=\p{L})|(?<=\p{Nd})'(?=s)", RegexOptions.CultureInvariant)]
    private static partial Regex Contraction();
}
