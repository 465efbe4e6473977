using System.Text.Json;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

public sealed class WordPieceGoldenTests
{
    private static readonly WordPiece Bert = WordPiece.Load(Golden.Path("vocab/bert-base-uncased"));

    [Fact]
    public void Every_text_has_transformers_ids_and_offsets()
    {
        foreach (var (line, row) in Rows("tokenizers/bert.jsonl"))
        {
            var encoding = Bert.Encode(row.GetProperty("text").GetString()!);
            AssertSame(line, Integers(row, "ids"), encoding.Ids);
            AssertSame(line, [.. row.GetProperty("offsets").EnumerateArray().Select(offset => (offset[0].GetInt32(), offset[1].GetInt32()))], encoding.Offsets);
            Assert.All(encoding.Types, type => Assert.Equal(0, type));
        }
    }

    [Fact]
    public void Every_pair_is_cut_and_typed_as_by_transformers()
    {
        foreach (var (line, row) in Rows("tokenizers/bert-pairs.jsonl"))
        {
            var encoding = Bert.Encode(row.GetProperty("a").GetString()!, row.GetProperty("b").GetString()!, row.GetProperty("max_length").GetInt32());
            AssertSame(line, Integers(row, "ids"), encoding.Ids);
            AssertSame(line, Integers(row, "types"), encoding.Types);
        }
    }

    private static IEnumerable<(int Line, JsonElement Row)> Rows(string file) =>
        File.ReadLines(Golden.Path(file)).Select((line, i) => (i + 1, JsonDocument.Parse(line).RootElement));

    private static int[] Integers(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    private static void AssertSame<T>(int line, T[] expected, T[] found) =>
        Assert.True(expected.AsSpan().SequenceEqual(found), $"line {line}: expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
}
