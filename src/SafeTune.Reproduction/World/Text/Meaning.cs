namespace SafeTune.Reproduction.World.Text;

/// <summary>What a sentence says, whatever its words.</summary>
internal abstract record Meaning
{
    /// <summary>Denied.</summary>
    public bool IsNegated { get; init; }

    public Meaning Negated() => this with { IsNegated = !IsNegated };
}

/// <summary>Somebody did something to somebody or something, somewhere (index into the places) or nobody says where. The patient may be told by its class alone: a vehicle.</summary>
internal sealed record Deed(Noun Agent, Verb Verb, Noun Patient, int? Place = null, bool Class = false) : Meaning
{
    public Deed Swapped() => this with { Agent = Patient, Patient = Agent };

    /// <summary>Whether it could be the other way round.</summary>
    public bool CanSwap => Patient.IsAlive && !Class;
}

/// <summary>Something has a property.</summary>
internal sealed record State(Noun Thing, int Axis, bool IsOpposite) : Meaning;

/// <summary>Draws meanings and such as differ from them in one point.</summary>
internal sealed class Mind(Chance chance)
{
    public Deed Deed(int placePercent = 0)
    {
        Verb verb = chance.Of(Lexicon.Verbs);
        Noun agent = chance.Of(Lexicon.Alive);
        return new Deed(agent, verb, Patient(verb, agent), chance.Percent(placePercent) ? chance.Below(Lexicon.Places.Length) : null);
    }

    public State State() => new(chance.Of(Lexicon.Things), chance.Below(Lexicon.Axes.Length), chance.Coin());

    public Meaning Any(int placePercent = 0) => chance.Percent(60) ? Deed(placePercent) : State();

    /// <summary>The same with one part exchanged: it neither follows nor is denied.</summary>
    public Meaning Changed(Meaning meaning) => meaning switch
    {
        Deed deed => Changed(deed),
        State state => chance.Coin()
            ? state with { Thing = chance.Other(Lexicon.Things, state.Thing) }
            : state with { Axis = (state.Axis + 1 + chance.Below(Lexicon.Axes.Length - 1)) % Lexicon.Axes.Length },
        _ => throw new ArgumentOutOfRangeException(nameof(meaning)),
    };

    public Deed Changed(Deed deed) => chance.Below(4) switch
    {
        0 => deed with { Agent = chance.Other(Lexicon.Alive, deed.Agent, deed.Patient) },
        1 => WithVerb(deed),
        2 => WithPatient(deed),
        _ => deed.CanSwap ? deed.Swapped() : WithPatient(deed),
    };

    /// <summary>A deed that leaves a question (see <see cref="Speaker.AskAbout"/>) open: it differs in what the question gives, not only in what it asks.</summary>
    private Deed OffPoint(Deed deed, int asked)
    {
        while (true)
        {
            Deed other = Changed(deed);
            if ((asked == 0 && other == deed with { Agent = other.Agent }) || (asked == 1 && other == deed with { Patient = other.Patient })) continue;
            return other;
        }
    }

    /// <summary>A deed that leaves the question open, or now and then another altogether.</summary>
    public Deed Unlike(Deed deed, int asked) => chance.Percent(35) ? Deed(placePercent: 100) with { Place = deed.Place } : OffPoint(deed, asked);

    // What is exchanged stays of its sort (a verb for any patient, a living patient, …): else the sort would tell that something was exchanged.
    public Deed WithVerb(Deed deed) => deed with
    {
        Verb = chance.Other([.. Lexicon.Verbs.Where(verb => (verb.NeedsAlive, verb.NeedsObject) == (deed.Verb.NeedsAlive, deed.Verb.NeedsObject))], deed.Verb),
    };

    public Deed WithPatient(Deed deed) => deed with
    {
        Patient = deed.Class
            ? chance.Of<Noun>([.. Lexicon.Objects.Where(thing => thing.Kind != deed.Patient.Kind)])
            : chance.Other(deed.Patient.IsAlive ? Lexicon.Alive : Lexicon.Objects, deed.Patient, deed.Agent),
    };

    public Deed WithPlace(Deed deed) => deed with { Place = chance.Other([.. Enumerable.Range(0, Lexicon.Places.Length)], deed.Place ?? -1) };

    private Noun Patient(Verb verb, Noun agent) => chance.Other([.. Lexicon.Things.Where(verb.Fits)], agent);
}
