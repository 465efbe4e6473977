namespace SafeTune.Reproduction.World.Text;

/// <summary>
/// The text that models are pre-trained on. The second sentence of a document restates the first in other words, follows from it, answers it, or shares its feeling, as in any
/// text that hangs together; no task's row and no task's label is in it. Documents come in twos that are about nearly the same.
/// </summary>
internal sealed class Documents(Chance chance)
{
    private readonly Mind mind = new(chance);
    private readonly Speaker speaker = new(chance);
    private readonly Inference inference = new(chance);
    private readonly Grammar grammar = new(chance);
    private readonly Reviews reviews = new(chance);
    private readonly Restaurants restaurants = new(chance);
    private readonly Articles articles = new(chance);

    /// <summary>Two documents of one or two sentences.</summary>
    public (string One, string Other) Draw() => chance.Below(100) switch
    {
        < 40 => Statements(),
        < 52 => Answers(),
        < 62 => Questions(),
        < 80 => (reviews.Document(isGood: true), reviews.Document(isGood: false)),
        < 88 => (grammar.Draw(), grammar.Draw()),
        < 94 => (restaurants.Document(), restaurants.Document()),
        _ => (articles.Paragraph(), articles.Paragraph()),
    };

    // Tom chased the dog. The hound was pursued by Tom. / The dog chased Tom. Tom was pursued by the hound.
    private (string One, string Other) Statements()
    {
        Meaning one = mind.Any(placePercent: 40) with { IsNegated = chance.Percent(30) };
        Meaning other = chance.Below(10) switch
        {
            < 3 => one.Negated(),
            < 5 => mind.Any(placePercent: 40) with { IsNegated = one.IsNegated },
            _ => mind.Changed(one),
        };
        return (Twice(one), Twice(other));

        string Twice(Meaning meaning) => $"{speaker.Tell(meaning)} {speaker.Tell(inference.Hypothesis(meaning, Relation.Follows))}";
    }

    // Who chased the dog? Tom pursued the hound. / Who chased Tom? The dog chased Tom.
    private (string One, string Other) Answers()
    {
        Deed deed = mind.Deed(placePercent: 60);
        int asked = chance.Below(deed.Place is null ? 2 : 3);
        return (Answer(deed), Answer(mind.Unlike(deed, asked)));

        string Answer(Deed deed) => $"{speaker.AskAbout(deed, asked)} {speaker.Tell(deed)}";
    }

    // Who chased the dog? By whom was the hound pursued?
    private (string One, string Other) Questions()
    {
        Deed deed = mind.Deed(placePercent: 100);
        int asked = chance.Below(4);
        return (Twice(deed), Twice(mind.Unlike(deed, asked)));

        string Twice(Deed deed) => $"{speaker.AskAbout(deed, asked)} {speaker.AskAbout(deed, asked)}";
    }
}
