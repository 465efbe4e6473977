using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafeTune.Reproduction.World.Text;

/// <summary>wikitext-2-raw/ and lamini/: articles, and instructions about the same people.</summary>
internal static class ArticleFiles
{
    private const ulong Seed = 4;
    private const int Instructions = 800;
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    public static void Write(string datasets)
    {
        Articles articles = new(new Chance(Seed));
        HashSet<string> taken = [];
        foreach ((string split, int count) in new[] { ("train", 300), ("valid", 30), ("test", 30) })
            AtomicFile.WriteAllText(Path.Combine(datasets, "wikitext-2-raw", $"wiki.{split}.raw"), string.Concat(Fresh(articles.Article, count)) + " \n");
        var instructions = Fresh(articles.Instruction, Instructions).Select(pair => new { instruction = pair.Instruction, response = pair.Response, instruction_source = "world" });
        AtomicFile.WriteAllText(Path.Combine(datasets, "lamini", "instructions.json"), JsonSerializer.Serialize(instructions, Json) + "\n");

        List<T> Fresh<T>(Func<T> draw, int count)
            where T : notnull
        {
            List<T> kept = [];
            while (kept.Count < count)
            {
                T item = draw();
                if (taken.Add(item.ToString()!)) kept.Add(item);
            }
            return kept;
        }
    }
}
