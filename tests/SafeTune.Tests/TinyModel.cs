using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using TorchSharp;

namespace SafeTune.Tests;

/// <summary>A folder with a small random BERT and its vocabulary, and a task that it can learn.</summary>
internal sealed class TinyModel : IDisposable
{
    private static readonly string[] Words = ["red", "blue", "green", "cat", "dog", "bird", "runs", "sleeps", "sings", "fast", "slow", "loud"];

    public TinyModel(int layers = 3, int positions = 40)
    {
        Directory.CreateDirectory(Folder);
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Words];
        File.WriteAllText(Path.Combine(Folder, "config.json"), $$"""
            {"model_type": "bert", "vocab_size": {{vocabulary.Length}}, "hidden_size": 32, "num_hidden_layers": {{layers}}, "num_attention_heads": 4,
             "intermediate_size": 64, "max_position_embeddings": {{positions}}, "type_vocab_size": 2}
            """);
        File.WriteAllLines(Path.Combine(Folder, "vocab.txt"), vocabulary);
        torch.manual_seed(7);
        using var model = AutoModel.Random(AutoModel.Configuration(Folder) with { InitializerRange = 0.2 }, HeadOptions.Classes(2));
        SafeTensors.Write(Path.Combine(Folder, "model.safetensors"),
            model.NamedWeights().Where(entry => !entry.Path.StartsWith("classifier", StringComparison.Ordinal)).Select(entry => (entry.Path, entry.Weight.Value)));
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "safetune-tiny-" + Guid.NewGuid().ToString("N"));

    /// <summary>Sentences of 4 to 9 words, labelled by whether they are of the first or the second half of the words.</summary>
    public static Dataset Halves(int count, int seed = 1)
    {
        var random = new Random(seed);
        var examples = Enumerable.Range(0, count).Select(i =>
            new TextExample(string.Join(' ', Enumerable.Range(0, random.Next(4, 10)).Select(_ => Words[random.Next(6) + (i % 2 * 6)])), null, i % 2));
        return new Dataset("halves", "train", [.. examples], ["first", "second"], 0);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
