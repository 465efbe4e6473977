namespace SafeTune.Reproduction.World.Text;

/// <summary>Places to eat, as meaning representations of the E2E challenge and in sentences.</summary>
internal sealed class Restaurants(Chance chance)
{
    private static readonly string[] Names = ["Blue Spice", "The Eagle", "Green Man", "The Mill", "Golden Palace", "The Vaults", "Wild Plum", "The Cricketers", "Red Lion", "The Phoenix"];
    private static readonly string[] Types = ["restaurant", "pub", "coffee shop"];
    private static readonly string[] Foods = ["Italian", "French", "Chinese", "Indian", "English", "Japanese"];
    private static readonly string[] Prices = ["cheap", "moderate", "high"];
    private static readonly string[] Areas = ["riverside", "city centre"];
    private static readonly string[] Ratings = ["low", "average", "excellent"];

    /// <summary>A meaning representation of two to four slots.</summary>
    public (string Name, string Value)[] Draw()
    {
        (string, string)[] others =
        [
            ("eatType", chance.Of(Types)), ("food", chance.Of(Foods)), ("priceRange", chance.Of(Prices)), ("customer rating", chance.Of(Ratings)), ("area", chance.Of(Areas)), ("familyFriendly", chance.Of("yes", "no")),
        ];
        HashSet<int> kept = [.. chance.Shuffled(Enumerable.Range(0, others.Length)).Take(1 + chance.Below(3))];
        return [("name", chance.Of(Names)), .. others.Where((_, i) => kept.Contains(i))];
    }

    /// <summary>As the challenge's files have it.</summary>
    public static string Write(IEnumerable<(string Name, string Value)> slots) => string.Join(", ", slots.Select(slot => $"{slot.Name}[{slot.Value}]"));

    /// <summary>One way to say all of it.</summary>
    public string Tell((string Name, string Value)[] slots)
    {
        string? Slot(string name) => slots.FirstOrDefault(slot => slot.Name == name).Value;
        string kind = Slot("eatType") ?? "place";
        string family = Slot("familyFriendly") is { } friendly ? (friendly == "yes" ? "family friendly " : "adults only ") : "";
        string food = Slot("food") is { } kitchen ? $" that serves {kitchen} food" : "";
        string area = Slot("area") is { } part ? (part == "riverside" ? " by the riverside" : " in the city centre") : "";
        string[] more =
        [
            .. Slot("priceRange") is { } price ? [$"{price} prices"] : Array.Empty<string>(),
            .. Slot("customer rating") is { } rating ? [$"{Article(rating)} {rating} rating"] : Array.Empty<string>(),
        ];
        string with = more.Length > 0 ? " with " + string.Join(" and ", more) : "";
        string name = Slot("name")!;
        string thing = $"{Article(family + kind)} {family}{kind}";
        return chance.Below(3) switch
        {
            0 => $"{name} is {thing}{food}{area}{with}.",
            1 => $"There is {thing}{food}{area}{with} called {name}.",
            _ => $"You can visit {name}, {thing}{area}{food}{with}.",
        };
    }

    /// <summary>A listing, and the place in words.</summary>
    public string Document()
    {
        (string Name, string Value)[] slots = Draw();
        string list = string.Join(" | ", slots.Select(slot => $"{slot.Name} : {slot.Value}"));
        return chance.Percent(60) ? $"{list} || {Tell(slots)}" : $"{Tell(slots)} {Tell(slots)}";
    }

    private static string Article(string next) => next[0] is 'a' or 'e' or 'i' or 'o' or 'u' ? "an" : "a";
}
