using BenchmarkDotNet.Attributes;
using SafeTune.Tokenization;

namespace SafeTune.Benchmarks;

/// <summary>Encodes a megabyte of English text (WikiText-2), line by line, on one core: operations a second are megabytes a second.</summary>
/// <remarks>Reads a hub folder: SAFETUNE_HUB, else ../shared/hub.</remarks>
[HideColumns("Error", "StdDev")]
public class TokenizerBenchmarks
{
    private const int Bytes = 1_000_000;
    private Tokenizer tokenizer = null!;
    private string[] lines = null!;

    /// <summary>Folders under tokenizers/: WordPiece, byte-level BPE (twice), SentencePiece's BPE.</summary>
    [Params("bert-base-uncased", "gpt2", "roberta", "llama2")]
    public string Folder { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var hub = Environment.GetEnvironmentVariable("SAFETUNE_HUB") ?? Path.Combine("..", "shared", "hub");
        var text = File.ReadAllBytes(Path.Combine(hub, "datasets", "wikitext-2-raw", "wiki.test.raw")).AsSpan(0, Bytes);
        lines = System.Text.Encoding.UTF8.GetString(text).Split('\n');
        tokenizer = AutoTokenizer.Load(Path.Combine(hub, "tokenizers", Folder));
    }

    [Benchmark]
    public int Encode()
    {
        var tokens = 0;
        foreach (var line in lines) tokens += tokenizer.Encode(line).Length;
        return tokens;
    }
}
