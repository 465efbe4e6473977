namespace SafeTune.Reproduction.World.Text;

/// <summary>Articles about the people of the world, in WikiText's layout, and paragraphs of the same kind.</summary>
internal sealed class Articles(Chance chance)
{
    private static readonly string[] Surnames = ["Archer", "Baker", "Carter", "Fisher", "Hunter", "Mason", "Potter", "Taylor"];
    private static readonly string[] Towns = ["Ashford", "Brighton", "Dover", "Luton", "Oxford", "York"];
    private static readonly string[] Colours = ["red", "blue", "green", "white", "black", "brown"];

    /// <summary>Paragraph of two or three sentences about somebody.</summary>
    public string Paragraph()
    {
        Life life = Draw();
        return string.Join(' ', chance.Shuffled(Facts(life)).Take(3));
    }

    /// <summary>An article: a heading, a section heading, and paragraphs, words and signs parted by blanks.</summary>
    public string Article()
    {
        Life life = Draw();
        string[] facts = chance.Shuffled(Facts(life));
        return $" \n = {life.Name} = \n \n {Spaced(facts[..3])} \n \n = = Life = = \n \n {Spaced(facts[3..])} \n";

        static string Spaced(IEnumerable<string> sentences) => string.Join(' ', sentences.Select(sentence => sentence.Replace(".", " .", StringComparison.Ordinal).Replace(",", " ,", StringComparison.Ordinal)));
    }

    /// <summary>A question about somebody, with what is known of him, and its answer.</summary>
    public (string Instruction, string Response) Instruction()
    {
        Life life = Draw();
        string first = life.First, job = life.Job, animal = life.Animal;
        return chance.Below(5) switch
        {
            0 => ($"{life.Name} lives in {life.Town}. Where does {first} live?", $"{first} lives in {life.Town}."),
            1 => ($"{first} is {job}. What does {first} do?", $"{first} works as {job}."),
            2 => ($"Tell me about the {animal} of {first}. It is {life.Colour}.", $"{first} has a {life.Colour} {animal}. The {animal} lives in {life.Town}."),
            3 => ($"Write a sentence about {life.Name}, {job} from {life.Town}.", $"{life.Name} is {job} who lives in {life.Town}."),
            _ => ($"Who is {life.Name}?", $"{life.Name} is {job}. {first} lives in {life.Town} and has a {animal}."),
        };
    }

    private Life Draw() => new(
        chance.Of(Lexicon.Names).Words[0], chance.Of(Surnames), WithArticle(chance.Of(chance.Of(Lexicon.People).Words)), chance.Of(Towns), chance.Of(chance.Of(Lexicon.Animals).Words), chance.Of(Colours),
        WithArticle(chance.Of(chance.Of(Lexicon.Objects).Words)), chance.Of(Lexicon.Names).Words[0]);

    private static string WithArticle(string noun) => (noun[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an " : "a ") + noun;

    private static string[] Facts(Life life) =>
    [
        $"{life.Name} is {life.Job} who lives in {life.Town}.",
        $"{life.First} works as {life.Job} in {life.Town}.",
        $"{life.First} has a {life.Colour} {life.Animal}.",
        $"The {life.Animal} of {life.First} is {life.Colour}.",
        $"{life.Name} bought {life.Object} in {life.Town}.",
        $"The best friend of {life.First} is {life.Friend}.",
    ];

    private sealed record Life(string First, string Surname, string Job, string Town, string Animal, string Colour, string Object, string Friend)
    {
        public string Name => $"{First} {Surname}";
    }
}
