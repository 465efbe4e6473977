using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SafeTune.Checkpoints;
using SafeTune.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Benchmarks;

/// <summary>
/// Loads a LLaMA of 2 GB in four safetensors and prints how long that takes against reading the same cached files, piece by piece into one buffer and whole into new memory,
/// and the peak of the process against their size. Peak and new memory belong to a process, so fresh ones load and read: this is no BenchmarkDotNet benchmark.
/// </summary>
internal static class CheckpointBenchmarks
{
    private const int Layers = 18, Hidden = 1536, Inner = 4096, Vocabulary = 16_000, Shards = 4;

    /// <summary><c>load</c> makes the files, and runs itself as <c>load FOLDER</c> and <c>load FOLDER read</c>.</summary>
    public static void Run(string[] arguments)
    {
        if (arguments is [_, var given, ..])
        {
            InThisProcess(given, justRead: arguments is [_, _, "read"]);
            return;
        }

        var folder = Directory.CreateTempSubdirectory("safetune-load-").FullName;
        try
        {
            Make(folder);
            Compare(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Compare(string folder)
    {
        var files = Directory.GetFiles(folder, "*.safetensors");
        var bytes = files.Sum(file => new FileInfo(file).Length);
        // The first pass fills the cache.
        var plain = Enumerable.Range(0, 4).Select(_ => PlainRead(files)).Skip(1).Min();
        var read = Enumerable.Range(0, 3).Select(_ => InFreshProcess(folder, "read").Seconds).Min();
        var runs = Enumerable.Range(0, 3).Select(_ => InFreshProcess(folder)).ToList();
        var (load, peak) = (runs.Min(run => run.Seconds), runs.Max(run => run.Peak));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"load {load:F3} s; read into new memory {read:F3} s, which makes {read / load:F2} of its speed; read into one buffer of 8 MB {plain:F3} s, {plain / load:F2} (target 0.5)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"files {bytes} bytes, process peak {peak} bytes: {(double)peak / bytes:F3} of the files (target 1.1)"));
    }

    private static double PlainRead(string[] files)
    {
        var buffer = new byte[8 << 20];
        var watch = Stopwatch.StartNew();
        foreach (var file in files)
        {
            using var handle = File.OpenHandle(file);
            for (long position = 0, read; (read = RandomAccess.Read(handle, buffer, position)) > 0;) position += read;
        }
        return watch.Elapsed.TotalSeconds;
    }

    private static (double Seconds, long Peak) InFreshProcess(string folder, params string[] more)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, ["load", folder, .. more]) { RedirectStandardOutput = true };
        using var child = Process.Start(start)!;
        var words = child.StandardOutput.ReadToEnd().Split();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException($"loading ended with exit code {child.ExitCode}");
        return (double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static void InThisProcess(string folder, bool justRead)
    {
        // Libraries are loaded before the clock starts.
        zeros(1).Dispose();
        var watch = Stopwatch.StartNew();
        if (justRead)
        {
            var files = Directory.GetFiles(folder, "*.safetensors").Select(File.ReadAllBytes).ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalSeconds} {files.Count}"));
            return;
        }

        using var loaded = AutoModel.Load(folder);
        var seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {PeakBytes()}"));
    }

    private static long PeakBytes()
    {
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    private static void Make(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["architectures"] = new[] { "LlamaForCausalLM" }, ["model_type"] = "llama", ["torch_dtype"] = "float32", ["vocab_size"] = Vocabulary, ["hidden_size"] = Hidden,
            ["intermediate_size"] = Inner, ["num_hidden_layers"] = Layers, ["num_attention_heads"] = 12, ["num_key_value_heads"] = 12, ["max_position_embeddings"] = 2048,
            ["rms_norm_eps"] = 1e-5, ["hidden_act"] = "silu", ["tie_word_embeddings"] = false, ["bos_token_id"] = 1, ["eos_token_id"] = 2,
        }));
        var weights = Weights().ToList();
        Dictionary<string, string> map = [];
        var shard = 0;
        foreach (var part in weights.Chunk((weights.Count + Shards - 1) / Shards))
        {
            using var scope = NewDisposeScope();
            var file = string.Create(CultureInfo.InvariantCulture, $"model-{++shard:D5}-of-{Shards:D5}.safetensors");
            SafeTensors.Write(Path.Combine(folder, file), part.Select(weight => (weight.Name, randn(weight.Shape).mul_(0.02))), SafeTensors.TorchMetadata);
            foreach (var weight in part) map.Add(weight.Name, file);
        }
        var total = weights.Sum(weight => weight.Shape.Aggregate(4L, (product, size) => product * size));
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { metadata = new { total_size = total }, weight_map = map }));
    }

    private static IEnumerable<(string Name, long[] Shape)> Weights()
    {
        yield return ("model.embed_tokens.weight", [Vocabulary, Hidden]);
        for (var i = 0; i < Layers; i++)
        {
            var layer = $"model.layers.{i}.";
            foreach (var projection in new[] { "q", "k", "v", "o" }) yield return ($"{layer}self_attn.{projection}_proj.weight", [Hidden, Hidden]);
            yield return (layer + "mlp.gate_proj.weight", [Inner, Hidden]);
            yield return (layer + "mlp.up_proj.weight", [Inner, Hidden]);
            yield return (layer + "mlp.down_proj.weight", [Hidden, Inner]);
            yield return (layer + "input_layernorm.weight", [Hidden]);
            yield return (layer + "post_attention_layernorm.weight", [Hidden]);
        }
        yield return ("model.norm.weight", [Hidden]);
        yield return ("lm_head.weight", [Vocabulary, Hidden]);
    }
}
