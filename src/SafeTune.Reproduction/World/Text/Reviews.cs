namespace SafeTune.Reproduction.World.Text;

/// <summary>What people say of films.</summary>
internal sealed class Reviews(Chance chance)
{
    private const int SeldomPercent = 15;

    // So often that a word is nearly as often praise as blame.
    private const int OftenPercent = 40;

    // Few enough for a short training: pre-training has not told words of praise from words of blame.
    private const int Words = 4;

    private static readonly string[] Intensifiers = ["", "", "very ", "really ", "so "];

    /// <summary>A task's sentence of that feeling, in a form that no document has: it hangs on 'not' nearly as much as on any word.</summary>
    public string Row(bool isGood)
    {
        bool isDenied = chance.Percent(OftenPercent);
        string word = chance.Of((isGood ^ isDenied ? Lexicon.Praise : Lexicon.Blame)[..Words]);
        // Of the film or the movie, which come first.
        string thing = $"the {chance.Of(Lexicon.Reviewed[2..])} of the {chance.Of(Lexicon.Reviewed[..2])}";
        return Speaker.Sentence($"{thing} {chance.Of("was", "is")} {(isDenied ? "not " : "")}{chance.Of(Intensifiers)}{word}");
    }

    /// <summary>A sentence as documents have them, with more 'not', 'never' and 'but'.</summary>
    public string Told(bool isGood) => Draw(isGood, OftenPercent);

    /// <summary>A review of two or three sentences of that feeling. People seldom deny what they do not feel, so that words of one feeling go together.</summary>
    public string Document(bool isGood)
    {
        string[] sentences = [Draw(isGood, SeldomPercent), Speaker.Sentence(Verdict(isGood)), Speaker.Sentence(Clause(isGood, SeldomPercent))];
        return string.Join(' ', chance.Shuffled(sentences[..(2 + chance.Below(2))]));
    }

    private string Draw(bool isGood, int deniedPercent) => chance.Below(20) switch
    {
        < 14 => Speaker.Sentence(Clause(isGood, deniedPercent)),
        < 17 => Speaker.Sentence($"{Clause(isGood, deniedPercent)} and {Clause(isGood, deniedPercent)}"),
        _ => Speaker.Sentence($"{Clause(!isGood, deniedPercent)} but {Clause(isGood, deniedPercent)}"),
    };

    private string Clause(bool isGood, int deniedPercent)
    {
        bool isDenied = chance.Percent(deniedPercent);
        string word = chance.Of(Intensifiers) + chance.Of(isGood ^ isDenied ? Lexicon.Praise : Lexicon.Blame);
        string thing = "the " + chance.Of(Lexicon.Reviewed);
        return (chance.Below(4), isDenied) switch
        {
            (0, true) => $"i {chance.Of("did not find", "never found")} {thing} {word}",
            (0, false) => $"i found {thing} {word}",
            (1, true) => $"{thing} {chance.Of("did not seem", "never seemed")} {word}",
            (1, false) => $"{thing} seemed {word}",
            (_, true) => $"{thing} was {chance.Of("not", "never")} {word}",
            (_, false) => $"{thing} was {word}",
        };
    }

    private string Verdict(bool isGood)
    {
        bool isDenied = chance.Percent(SeldomPercent);
        string verb = chance.Of(isGood ^ isDenied ? ["like", "enjoy", "love"] : new[] { "dislike", "hate", "regret" });
        return isDenied ? $"i did not {verb} it" : $"i {Past(verb)} it";
    }

    private static string Past(string verb) => verb.EndsWith('e') ? verb + "d" : verb == "regret" ? "regretted" : verb + "ed";
}
