using System.Text.Json;

namespace SafeTune.Tokenization;

/// <summary>What tokenizer.json puts around texts.</summary>
/// <param name="Specials">The special tokens.</param>
/// <param name="TrimsOffsets">Whether offsets leave blanks at a token's ends out.</param>
internal sealed record PostProcessor(SpecialTokens Specials, bool TrimsOffsets)
{
    /// <summary>Reads <c>post_processor</c>; one that is missing or null adds nothing.</summary>
    /// <param name="json">tokenizer.json.</param>
    /// <param name="token">The token of an id.</param>
    /// <exception cref="UsageException">It is of another kind, or names what the vocabulary has not.</exception>
    public static PostProcessor Read(SideJson json, Func<int, string?> token) => json.Get("post_processor") is { } value ? new Reader(json, token).Read(value, "post_processor") : new PostProcessor(SpecialTokens.None, false);

    private sealed class Reader(SideJson json, Func<int, string?> token)
    {
        public PostProcessor Read(JsonElement value, string where)
        {
            switch (value.Text("type"))
            {
                case "ByteLevel":
                    TokenizerJson.CheckKeys(json, where + ".", value, "type", "add_prefix_space", "trim_offsets", "use_regex");
                    return new PostProcessor(SpecialTokens.None, value.Flag("trim_offsets") ?? true);
                case "RobertaProcessing":
                    TokenizerJson.CheckKeys(json, where + ".", value, "type", "sep", "cls", "trim_offsets", "add_prefix_space");
                    var (begin, end) = (Pair(value, where, "cls"), Pair(value, where, "sep"));
                    return new PostProcessor(new SpecialTokens([begin], [end, end], [end], PairHasType1: false), value.Flag("trim_offsets") ?? true);
                case "BertProcessing":
                    TokenizerJson.CheckKeys(json, where + ".", value, "type", "sep", "cls");
                    var separator = Pair(value, where, "sep");
                    return new PostProcessor(new SpecialTokens([Pair(value, where, "cls")], [separator], [separator], PairHasType1: true), false);
                case "TemplateProcessing":
                    TokenizerJson.CheckKeys(json, where + ".", value, "type", "single", "pair", "special_tokens");
                    return new PostProcessor(Template(value, where), false);
                case "Sequence" when value.Get("processors") is { ValueKind: JsonValueKind.Array } parts:
                    return parts.EnumerateArray().Select((part, i) => Read(part, $"{where}.processors[{i}]")).Aggregate(
                        new PostProcessor(SpecialTokens.None, false), (all, next) => new PostProcessor(next.Specials == SpecialTokens.None ? all.Specials : next.Specials, all.TrimsOffsets || next.TrimsOffsets));
                default:
                    throw json.Bad(where, value, "one of the types ByteLevel, RobertaProcessing, BertProcessing, TemplateProcessing and Sequence");
            }
        }

        // ["[SEP]", 102]
        private int Pair(JsonElement value, string where, string key) =>
            value.Get(key) is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String
                ? Known(where + "." + key, json.Id($"{where}.{key}[1]", pair[1]), pair[0].GetString()!)
                : throw json.Bad(where, value, $"a token and its id as {key}");

        private int Known(string where, int id, string name) =>
            token(id) == name ? id : throw new UsageException($"'{json.Path}': {where} says that token {id} is '{name}', and the vocabulary has {(token(id) is { } other ? $"'{other}'" : "none")}; get the file again.");

        private SpecialTokens Template(JsonElement value, string where)
        {
            var (single, pair) = (Items(value, where, "single"), Items(value, where, "pair"));
            var (a, first, second) = (Array.FindIndex(single, item => item.Text == "A"), Array.FindIndex(pair, item => item.Text == "A"), Array.FindIndex(pair, item => item.Text == "B"));
            var fits = a >= 0 && first >= 0 && second > first && single.Count(item => item.Text is not null) == 1 && pair.Count(item => item.Text is not null) == 2
                && single.All(item => item.Type == 0) && pair[..(first + 1)].All(item => item.Type == 0) && pair[second].Type is 0 or 1 && pair[second..].All(item => item.Type == pair[second].Type)
                && Ids(pair[..first]).SequenceEqual(Ids(single[..a])) && Ids(pair[(second + 1)..]).SequenceEqual(Ids(single[(a + 1)..]));
            var between = fits ? pair[(first + 1)..second] : [];
            var ones = between.SkipWhile(item => item.Type == 0).ToArray();
            if (!fits || ones.Any(item => item.Type != 1)) throw json.Bad(where, value, "a template that puts the same special tokens around one text and around two, with the types 0 and 1");
            return new SpecialTokens(Ids(single[..a]), Ids(between), Ids(single[(a + 1)..]), PairHasType1: pair[second].Type == 1) { BetweenWithType1 = Ids(ones).Length };
        }

        private static int[] Ids(IEnumerable<Item> items) => [.. items.SelectMany(item => item.Ids)];

        private Item[] Items(JsonElement value, string where, string key)
        {
            if (value.Get(key) is not { ValueKind: JsonValueKind.Array } list) throw json.Bad(where, value, $"a template with a list {key}");
            return [.. list.EnumerateArray().Select((item, i) => Read(item, value, $"{where}.{key}[{i}]"))];
        }

        private Item Read(JsonElement item, JsonElement template, string where)
        {
            int Type(JsonElement part) => part.Get("type_id") is { } type ? json.Id(where + ".type_id", type) : throw json.Bad(where, item, "a type_id");
            if (item.Get("Sequence") is { } sequence && sequence.Text("id") is { } text) return new Item(text, [], Type(sequence));
            if (item.Get("SpecialToken") is not { } special || special.Text("id") is not { } name) throw json.Bad(where, item, "a Sequence or a SpecialToken");
            if (template.Get("special_tokens")?.Get(name) is not { } found || found.Get("ids") is not { ValueKind: JsonValueKind.Array } ids) throw json.Bad(where, item, "a token that special_tokens has ids for");
            int[] numbers = [.. ids.EnumerateArray().Select(id => json.Id($"{where}, the ids of '{name}'", id))];
            foreach (var (number, spelled) in numbers.Zip(found.Get("tokens") is { ValueKind: JsonValueKind.Array } tokens ? tokens.EnumerateArray() : []))
                Known(where, number, spelled.ToString());
            return new Item(null, numbers, Type(special));
        }

        private sealed record Item(string? Text, int[] Ids, int Type);
    }
}
