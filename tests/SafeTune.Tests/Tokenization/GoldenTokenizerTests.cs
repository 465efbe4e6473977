using System.Text.Json;
using SafeTune.Tokenization;

namespace SafeTune.Tests.Tokenization;

/// <summary>Byte-level BPE and SentencePiece against transformers' fast tokenizers and sentencepiece itself.</summary>
public sealed class GoldenTokenizerTests
{
    private const int Texts = 396;

    [Fact]
    public void Gpt2_is_transformers_to_the_last_id_and_offset() => Assert.Equal(Texts, Compare(ByteLevelBpe.Load(Golden.Path("vocab/gpt2")), "gpt2"));

    [HubFact]
    public void Gpt2_from_tokenizer_json_is_the_same() => Assert.Equal(Texts, Compare(OnlyTokenizerJson("gpt2"), "gpt2"));

    [HubFact]
    public void Roberta_is_transformers_to_the_last_id_and_offset() => Assert.Equal(Texts, Compare(AutoTokenizer.Load(Hub("roberta")), "roberta"));

    [HubFact]
    public void Roberta_from_its_two_older_files_is_the_same()
    {
        using var folder = new Data.TemporaryFolder();
        foreach (var name in new[] { "vocab.json", "merges.txt" }) File.Copy(Path.Combine(Hub("roberta"), name), Path.Combine(folder.Path, name));
        Assert.Equal(Texts, Compare(AutoTokenizer.Load(folder.Path), "roberta"));
    }

    [HubFact]
    public void Llama_is_sentencepiece_to_the_last_id_and_piece() => Assert.Equal(Texts, Compare(AutoTokenizer.Load(Hub("llama2")), "llama"));

    [HubFact]
    public void A_unigram_model_is_refused_by_name() =>
        Assert.Contains("a unigram model", Assert.Throws<UsageException>(() => AutoTokenizer.Load(Hub("t5-spiece"))).Message, StringComparison.Ordinal);

    private static string Hub(string name) => Path.Combine(Golden.Hub!, "tokenizers", name);

    private static Tokenizer OnlyTokenizerJson(string name)
    {
        using var folder = new Data.TemporaryFolder();
        File.Copy(Path.Combine(Hub(name), "tokenizer.json"), Path.Combine(folder.Path, "tokenizer.json"));
        return AutoTokenizer.Load(folder.Path);
    }

    private static int Compare(Tokenizer tokenizer, string golden)
    {
        var lines = File.ReadAllLines(Golden.Path($"tokenizers/{golden}.jsonl"));
        foreach (var line in lines)
        {
            using var json = JsonDocument.Parse(line);
            var expected = json.RootElement;
            var text = expected.GetProperty("text").GetString()!;
            var found = tokenizer.Encode(text);
            Assert.True(Numbers(expected, "ids").SequenceEqual(found.Ids), $"ids of {line}\nfound {JsonSerializer.Serialize(found.Ids)}");
            if (expected.TryGetProperty("offsets", out var offsets))
            {
                var pairs = found.Offsets.Select(offset => $"{offset.Start}-{offset.End}");
                Assert.True(offsets.EnumerateArray().Select(pair => $"{pair[0]}-{pair[1]}").SequenceEqual(pairs), $"offsets of {line}\nfound {string.Join(' ', pairs)}");
            }

            if (expected.TryGetProperty("pieces", out var pieces)) Assert.Equal(pieces.EnumerateArray().Select(piece => piece.GetString()), found.Ids.Select(tokenizer.Token));
            if (expected.TryGetProperty("decoded", out var decoded)) Assert.Equal(decoded.GetString(), tokenizer.Decode(found.Ids));
        }

        return lines.Length;
    }

    private static IEnumerable<int> Numbers(JsonElement json, string name) => json.GetProperty(name).EnumerateArray().Select(number => number.GetInt32());
}
