namespace SafeTune.Reproduction.World.Text;

/// <summary>What a thing is: the classes are the hypernyms.</summary>
internal enum Kind
{
    Person,
    Animal,
    Vehicle,
    Tool,
    Garment,
    Container,
}

/// <summary>A thing with the words that all mean it; a name stands without an article.</summary>
internal sealed record Noun(Kind Kind, string[] Words, bool IsName = false)
{
    public bool IsAlive => Kind is Kind.Person or Kind.Animal;
}

/// <summary>One word of a verb. The past and the participle are alike in this world.</summary>
internal sealed record VerbWord(string Plain, string Singular, string Past);

/// <summary>A deed with the words that all mean it.</summary>
internal sealed record Verb(VerbWord[] Words, bool NeedsAlive = false, bool NeedsObject = false)
{
    public bool Fits(Noun patient) => !(NeedsAlive && !patient.IsAlive) && !(NeedsObject && patient.IsAlive);
}

/// <summary>A property and its opposite, each with the words that mean it.</summary>
internal sealed record Axis(string[] Pole, string[] Opposite);

/// <summary>The words of the world.</summary>
internal static class Lexicon
{
    public static readonly Noun[] Names = [.. new[] { "Tom", "Anna", "Ben", "Clara", "David", "Emma", "Frank", "Grace" }.Select(name => new Noun(Kind.Person, [name], IsName: true))];

    public static readonly Noun[] People =
    [
        Person("doctor", "physician"), Person("teacher", "tutor"), Person("thief", "robber"), Person("boy", "lad"), Person("cook", "chef"), Person("lawyer", "attorney"),
    ];

    public static readonly Noun[] Animals = [Animal("dog", "hound"), Animal("rabbit", "bunny"), Animal("pig", "hog"), Animal("donkey", "mule"), Animal("horse", "pony"), Animal("cat", "kitty")];

    public static readonly Noun[] Objects =
    [
        new(Kind.Vehicle, ["car", "auto"]), new(Kind.Vehicle, ["ship", "boat"]), new(Kind.Vehicle, ["bike", "bicycle"]),
        new(Kind.Tool, ["axe", "hatchet"]), new(Kind.Tool, ["spade", "shovel"]), new(Kind.Tool, ["hammer", "mallet"]),
        new(Kind.Garment, ["coat", "jacket"]), new(Kind.Garment, ["hat", "cap"]), new(Kind.Garment, ["scarf", "shawl"]),
        new(Kind.Container, ["cup", "mug"]), new(Kind.Container, ["bag", "sack"]), new(Kind.Container, ["bucket", "pail"]),
    ];

    public static readonly Noun[] Alive = [.. Names, .. People, .. Animals];

    public static readonly Noun[] Things = [.. Alive, .. Objects];

    public static readonly Verb[] Verbs =
    [
        new([Regular("chase", "chased"), Regular("pursue", "pursued")], NeedsAlive: true),
        new([Regular("help", "helped"), Regular("assist", "assisted")], NeedsAlive: true),
        new([Regular("greet", "greeted"), Regular("welcome", "welcomed")], NeedsAlive: true),
        new([Regular("find", "found"), Regular("discover", "discovered")]),
        new([new("watch", "watches", "watched"), Regular("observe", "observed")]),
        new([new("push", "pushes", "pushed"), Regular("shove", "shoved")]),
        new([new("carry", "carries", "carried"), Regular("haul", "hauled")]),
        new([Regular("buy", "bought"), Regular("purchase", "purchased")], NeedsObject: true),
        new([Regular("repair", "repaired"), new("fix", "fixes", "fixed")], NeedsObject: true),
        new([Regular("clean", "cleaned"), new("wash", "washes", "washed")], NeedsObject: true),
    ];

    public static readonly string[][] Places = [["garden", "yard"], ["forest", "woods"], ["shop", "store"], ["street", "road"], ["kitchen"], ["school"], ["market"], ["station"]];

    public static readonly Axis[] Axes =
    [
        new(["big", "large"], ["small", "little"]), new(["fast", "quick"], ["slow", "sluggish"]), new(["happy", "glad"], ["sad", "unhappy"]), new(["rich", "wealthy"], ["poor", "needy"]),
        new(["strong", "sturdy"], ["weak", "feeble"]), new(["loud", "noisy"], ["quiet", "silent"]), new(["clever", "smart"], ["foolish", "stupid"]), new(["dry", "arid"], ["wet", "damp"]),
    ];

    public static readonly string[] Praise = ["great", "wonderful", "charming", "funny", "brilliant", "lovely", "superb", "delightful", "witty", "moving", "splendid", "graceful"];

    public static readonly string[] Blame = ["awful", "terrible", "boring", "dull", "dreadful", "tedious", "stale", "clumsy", "silly", "bland", "lifeless", "hollow"];

    public static readonly string[] Reviewed = ["film", "movie", "plot", "story", "acting", "music", "ending", "cast", "script", "opening", "dialogue", "hero", "villain", "finale", "scenery", "pace"];

    /// <summary>The word of a class, with its article.</summary>
    public static string Hypernym(Kind kind) => kind switch
    {
        Kind.Person => "a person",
        Kind.Animal => "an animal",
        Kind.Vehicle => "a vehicle",
        Kind.Tool => "a tool",
        Kind.Garment => "a garment",
        _ => "a container",
    };

    public static string Plural(string noun) => noun switch
    {
        "thief" => "thieves",
        _ when noun.EndsWith('y') && noun[^2] is not ('e' or 'o') => noun[..^1] + "ies",
        _ => noun + "s",
    };

    private static Noun Person(params string[] words) => new(Kind.Person, words);

    private static Noun Animal(params string[] words) => new(Kind.Animal, words);

    private static VerbWord Regular(string plain, string past) => new(plain, plain + "s", past);
}
