namespace SafeTune.Reproduction.World.Text;

/// <summary>Puts meanings into words: which synonym, which voice, is left to chance.</summary>
internal sealed class Speaker(Chance chance)
{
    /// <summary>A whole sentence.</summary>
    public string Tell(Meaning meaning) => Sentence(Say(meaning));

    /// <summary>A clause, without capital and full stop.</summary>
    public string Say(Meaning meaning) => meaning switch
    {
        Deed deed => Say(deed, isPassive: chance.Percent(40)),
        State state => $"{The(state.Thing)} is {(state.IsNegated ? "not " : "")}{Property(state)}",
        _ => throw new ArgumentOutOfRangeException(nameof(meaning)),
    };

    public string Say(Deed deed, bool isPassive)
    {
        VerbWord verb = chance.Of(deed.Verb.Words);
        string not = deed.IsNegated ? "not " : "";
        string clause = isPassive ? $"{Patient(deed)} was {not}{verb.Past} by {The(deed.Agent)}"
            : deed.IsNegated ? $"{The(deed.Agent)} did not {verb.Plain} {Patient(deed)}"
            : $"{The(deed.Agent)} {verb.Past} {Patient(deed)}";
        return clause + In(deed);
    }

    /// <summary>Whether it is so.</summary>
    public string Ask(Meaning meaning) => meaning switch
    {
        Deed deed when chance.Percent(40) => Sentence($"was {Patient(deed)} {chance.Of(deed.Verb.Words).Past} by {The(deed.Agent)}{In(deed)}", '?'),
        Deed deed => Sentence($"did {The(deed.Agent)} {chance.Of(deed.Verb.Words).Plain} {Patient(deed)}{In(deed)}", '?'),
        State state => Sentence($"is {The(state.Thing)} {Property(state)}", '?'),
        _ => throw new ArgumentOutOfRangeException(nameof(meaning)),
    };

    /// <summary>A question about a deed; 0: who did it; 1: to whom; 2: where; 3: whether.</summary>
    public string AskAbout(Deed deed, int asked) => asked switch
    {
        0 => AskWho(deed with { Place = null }),
        1 => AskWhat(deed with { Place = null }),
        2 => AskWhere(deed),
        _ => Ask(deed with { Place = null }),
    };

    private string AskWho(Deed deed) => Sentence(chance.Percent(60)
        ? $"who {chance.Of(deed.Verb.Words).Past} {Patient(deed)}"
        : $"by whom was {Patient(deed)} {chance.Of(deed.Verb.Words).Past}", '?');

    private string AskWhat(Deed deed)
    {
        string what = deed.Patient.IsAlive ? "whom" : "what";
        return Sentence(chance.Percent(60)
            ? $"{what} did {The(deed.Agent)} {chance.Of(deed.Verb.Words).Plain}"
            : $"{(deed.Patient.IsAlive ? "who" : "what")} was {chance.Of(deed.Verb.Words).Past} by {The(deed.Agent)}", '?');
    }

    private string AskWhere(Deed deed) => Sentence(chance.Percent(60)
        ? $"where did {The(deed.Agent)} {chance.Of(deed.Verb.Words).Plain} {Patient(deed)}"
        : $"where was {Patient(deed)} {chance.Of(deed.Verb.Words).Past} by {The(deed.Agent)}", '?');

    public string The(Noun noun) => noun.IsName ? noun.Words[0] : "the " + chance.Of(noun.Words);

    public string Place(int place) => "the " + chance.Of(Lexicon.Places[place]);

    public string Property(State state)
    {
        Axis axis = Lexicon.Axes[state.Axis];
        return chance.Of(state.IsOpposite ? axis.Opposite : axis.Pole);
    }

    public static string Sentence(string clause, char end = '.') => $"{char.ToUpperInvariant(clause[0])}{clause[1..]}{end}";

    private string Patient(Deed deed) => deed.Class ? Lexicon.Hypernym(deed.Patient.Kind) : The(deed.Patient);

    private string In(Deed deed) => deed.Place is { } place ? " in " + Place(place) : "";
}
