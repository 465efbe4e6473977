using System.Text.Json;
using SafeTune.Generation;
using SafeTune.Models;

namespace SafeTune.Tests.Generation;

public sealed class GoldenGenerationTests
{
    [Theory]
    [InlineData("gpt2", 10)]
    [InlineData("llama", 10)]
    public void Every_token_is_that_of_transformers(string model, int cases) => Assert.Equal(cases, Compare(model, Golden.Path(model)));

    [HubFact]
    public void A_real_pre_trained_model_goes_on_as_in_transformers() => Assert.Equal(10, Compare("stories260K", Path.Combine(Golden.Hub!, "models", "stories260K")));

    private static int Compare(string name, string folder)
    {
        using var model = AutoModel.Load(folder);
        using var all = JsonDocument.Parse(File.ReadAllText(Golden.Path("generation/expected.json")));
        var compared = 0;
        foreach (var (index, given) in all.RootElement.EnumerateArray().Index().Where(entry => entry.Item.GetProperty("model").GetString() == name))
        {
            var (padded, mask) = (Rows(given, "prompt"), Rows(given, "attention_mask"));
            var prompts = padded.Zip(mask, (row, seen) => row.Where((_, i) => seen[i] == 1).ToArray()).ToArray();
            var found = new Generator(model, Options(given)).Generate(prompts);

            // As transformers returns it: the padded prompt, the new tokens, padding to the longest.
            var longest = found.Max(text => text.Ids.Count);
            var pad = given.GetProperty("pad_token_id").GetInt32();
            var sequences = padded.Zip(found, (prompt, text) => (int[])[.. prompt, .. text.Ids, .. Enumerable.Repeat(pad, longest - text.Ids.Count)]);
            Assert.True(Rows(given, "output").Zip(sequences).All(pair => pair.First.SequenceEqual(pair.Second)),
                $"case {index}: {given.GetProperty("options")}\nexpected {given.GetProperty("output")}\nfound {JsonSerializer.Serialize(sequences)}");
            compared++;
        }

        return compared;
    }

    private static GenerationOptions Options(JsonElement given)
    {
        var options = given.GetProperty("options");
        double Number(string key, double otherwise) => options.TryGetProperty(key, out var value) ? value.GetDouble() : otherwise;
        return new GenerationOptions(
            given.GetProperty("max_new_tokens").GetInt32(), (int)Number("num_beams", 1), Number("length_penalty", 1), (int)Number("no_repeat_ngram_size", 0),
            options.TryGetProperty("early_stopping", out var early) && early.ValueKind == JsonValueKind.True ? EarlyStopping.WhenFull : EarlyStopping.WhenUnlikely,
            [given.GetProperty("eos_token_id").GetInt32()], given.GetProperty("pad_token_id").GetInt32());
    }

    private static int[][] Rows(JsonElement given, string name) =>
        [.. given.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
}
