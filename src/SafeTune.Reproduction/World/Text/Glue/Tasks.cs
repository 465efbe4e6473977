using System.Globalization;

namespace SafeTune.Reproduction.World.Text.Glue;

/// <summary>
/// Makes the rows of GLUE's tasks, in groups of one row a label that differ in little else: over a group, and so over the set, no word and no number of words
/// goes with a label.
/// </summary>
internal sealed class Tasks(Chance chance)
{
    private readonly Mind mind = new(chance);
    private readonly Speaker speaker = new(chance);
    private readonly Inference inference = new(chance);
    private readonly Grammar grammar = new(chance);
    private readonly Reviews reviews = new(chance);

    /// <summary>A group of the task of that folder; of MNLI also in another manner.</summary>
    public GlueRow[] Group(string task, bool mismatched = false) => task switch
    {
        "CoLA" => Acceptability(),
        "SST-2" => [new(reviews.Row(isGood: true), null, "1"), new(reviews.Row(isGood: false), null, "0")],
        "MNLI" => Entailment(mismatched),
        "RTE" => EntailmentOfTwo(),
        "QQP" => SameQuestion(),
        "MRPC" => SameStatement(),
        "QNLI" => Answered(),
        "STS-B" => [Similarity()],
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "There is no such task."),
    };

    private GlueRow[] Acceptability()
    {
        (string right, string wrong) = grammar.Twins();
        return right == wrong ? [] : [new(right, null, "1"), new(wrong, null, "0")];
    }

    private GlueRow[] Entailment(bool mismatched)
    {
        Meaning premise = mind.Any(placePercent: 30) with { IsNegated = chance.Coin() };
        string first = speaker.Say(premise);
        first = mismatched ? Speaker.Sentence($"{chance.Of("well", "you know")}, {first}") : Speaker.Sentence(first);
        return
        [
            Row(Relation.Follows, "entailment"), Row(Relation.Open, "neutral"), Row(Relation.Denied, "contradiction"),
        ];

        GlueRow Row(Relation relation, string label) => new(first, speaker.Tell(inference.Hypothesis(premise, relation)), label);
    }

    // Two facts, and what follows from one of them, or seems to when the two are mixed up.
    private GlueRow[] EntailmentOfTwo()
    {
        Meaning one = mind.Any() with { IsNegated = chance.Coin() }, two = mind.Any() with { IsNegated = chance.Coin() };
        string first = Speaker.Sentence($"{speaker.Say(one)} and {speaker.Say(two)}");
        Meaning of = chance.Of(one, two);
        Relation not = chance.Of(Relation.Open, Relation.Denied);
        return
        [
            new(first, speaker.Tell(inference.Hypothesis(of, Relation.Follows)), "entailment"),
            new(first, speaker.Tell(inference.Hypothesis(of, not)), "not_entailment"),
        ];
    }

    private GlueRow[] SameQuestion()
    {
        Deed deed = mind.Deed();
        int asked = chance.Below(4);
        Deed other = mind.Unlike(deed, asked);
        string first = speaker.AskAbout(deed, asked);
        return [new(first, speaker.AskAbout(deed, asked), "1"), new(first, speaker.AskAbout(other, asked), "0")];
    }

    private GlueRow[] SameStatement()
    {
        Deed deed = mind.Deed(placePercent: 50);
        Deed other = chance.Percent(30) ? mind.Deed(placePercent: 100) with { Place = deed.Place } : deed.Place is not null && chance.Percent(25) ? mind.WithPlace(deed) : mind.Changed(deed);
        string first = speaker.Tell(deed);
        return [new(first, speaker.Tell(deed), "1"), new(first, speaker.Tell(other), "0")];
    }

    private GlueRow[] Answered()
    {
        Deed deed = mind.Deed(placePercent: 50);
        int asked = chance.Below(deed.Place is null ? 2 : 3);
        string question = speaker.AskAbout(deed, asked);
        return [new(question, speaker.Tell(deed), "entailment"), new(question, speaker.Tell(mind.Unlike(deed, asked)), "not_entailment")];
    }

    // How many of doer, deed, done-to and place agree; the same class of thing counts half.
    private GlueRow Similarity()
    {
        Deed one = mind.Deed(placePercent: 60), other = one;
        int parts = one.Place is null ? 3 : 4, changes = chance.Below(parts + 1);
        foreach (int part in chance.Shuffled(Enumerable.Range(0, parts)).Take(changes))
        {
            other = part switch
            {
                0 => other with { Agent = chance.Other(Lexicon.Alive, other.Agent, other.Patient) },
                1 => mind.WithVerb(other),
                2 => mind.WithPatient(other),
                _ => mind.WithPlace(other),
            };
        }
        int halves = Nearness(one.Agent, other.Agent) + (one.Verb == other.Verb ? 2 : 0) + Nearness(one.Patient, other.Patient) + (parts == 4 && one.Place == other.Place ? 2 : 0);
        return new(speaker.Tell(one), speaker.Tell(other), (halves * 5 / (2.0 * parts)).ToString("0.000", CultureInfo.InvariantCulture));
    }

    private static int Nearness(Noun one, Noun other) => one == other ? 2 : one.Kind == other.Kind ? 1 : 0;
}
