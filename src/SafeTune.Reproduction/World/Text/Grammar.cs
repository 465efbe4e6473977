namespace SafeTune.Reproduction.World.Text;

/// <summary>Sentences in the present, in which words agree in number, and their broken twins.</summary>
internal sealed class Grammar(Chance chance)
{
    /// <summary>A sentence as it should be.</summary>
    public string Draw() => Speaker.Sentence(string.Join(' ', Words(new Fault())));

    /// <summary>One sentence twice: as it should be, and with one thing wrong.</summary>
    public (string Right, string Wrong) Twins()
    {
        ulong seed = (ulong)chance.Below(int.MaxValue);
        int kind = chance.Below(7);
        string[] right = new Grammar(new Chance(seed)).Words(new Fault(), isDeed: kind == 2);
        string[] wrong = kind switch
        {
            0 => Exchanged(right),
            1 => chance.Coin() ? Doubled(right) : Missing(right),
            2 => new Grammar(new Chance(seed)).Words(new Fault(Misfit: true), isDeed: true),
            3 => new Grammar(new Chance(seed)).Words(new Fault(Determiner: true)),
            _ => new Grammar(new Chance(seed)).Words(new Fault(Verb: true)),
        };
        return (Speaker.Sentence(string.Join(' ', right)), Speaker.Sentence(string.Join(' ', wrong)));
    }

    private string[] Words(Fault fault, bool isDeed = false)
    {
        bool isPlural = chance.Coin(), otherPlural = chance.Coin();
        int form = chance.Below(isDeed ? 3 : 4);
        Verb verb = chance.Of(Lexicon.Verbs);
        VerbWord word = chance.Of(verb.Words);
        Noun agent = chance.Of<Noun>([.. Lexicon.People, .. Lexicon.Animals]), patient = chance.Other([.. Lexicon.People, .. Lexicon.Animals, .. Lexicon.Objects.Where(verb.Fits)], agent);
        if (!verb.Fits(patient)) patient = chance.Of(Lexicon.Objects);
        Axis axis = chance.Of(Lexicon.Axes);
        string property = chance.Of(chance.Coin() ? axis.Pole : axis.Opposite);
        // Cars chase nobody, and nobody repairs a dog.
        if (fault.Misfit)
        {
            if (verb.NeedsObject) patient = chance.Of<Noun>([.. Lexicon.People, .. Lexicon.Animals]);
            else agent = chance.Of(Lexicon.Objects);
        }
        bool isPassive = form == 2;
        string subject = Phrase(isPassive ? patient : agent, isPlural, fault.Determiner), other = Phrase(isPassive ? agent : patient, otherPlural, isWrong: false);
        bool seemsPlural = isPlural ^ fault.Verb;
        string clause = form switch
        {
            0 => $"{subject} {(seemsPlural ? word.Plain : word.Singular)} {other}",
            1 => $"{subject} {(seemsPlural ? "do" : "does")} not {word.Plain} {other}",
            2 => $"{subject} {(seemsPlural ? "are" : "is")} {word.Past} by {other}",
            _ => $"{subject} {(seemsPlural ? "are" : "is")} {property}",
        };
        return clause.Split(' ');
    }

    // the dog, this dog, these dogs; wrong: these dog.
    private string Phrase(Noun noun, bool isPlural, bool isWrong)
    {
        string word = chance.Of(noun.Words);
        string determiner = isWrong || chance.Coin() ? isPlural ^ isWrong ? "these" : "this" : "the";
        return $"{determiner} {(isPlural ? Lexicon.Plural(word) : word)}";
    }

    private string[] Exchanged(string[] words)
    {
        int at = chance.Below(words.Length - 1);
        return [.. words[..at], words[at + 1], words[at], .. words[(at + 2)..]];
    }

    private string[] Doubled(string[] words)
    {
        int at = FunctionWord(words);
        return [.. words[..at], words[at], .. words[at..]];
    }

    private string[] Missing(string[] words)
    {
        int at = FunctionWord(words);
        return [.. words[..at], .. words[(at + 1)..]];
    }

    private int FunctionWord(string[] words) =>
        chance.Of<int>([.. words.Index().Where(word => word.Item is "the" or "this" or "these" or "by" or "is" or "are").Select(word => word.Index)]);

    private sealed record Fault(bool Verb = false, bool Determiner = false, bool Misfit = false);
}
