using System.Globalization;
using System.Text.Json;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction;
using SafeTune.Reproduction.Pretraining;
using SafeTune.Reproduction.Results;
using SafeTune.Tests.Data;
using SafeTune.Tests.Images;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Tests.Reproduction;

/// <summary>Models of a minute world, pre-trained in seconds.</summary>
public sealed class PretrainTests : IDisposable
{
    private const string Yaml = """
        training: { epochs: 2, batch_size: 8, learning_rate: 2e-3, warm_up_fraction: 0.1, gradient_clip: 1.0, max_length: 32, log_every: 4 }
        models:
          small-bert: { config: configs/bert.json, tokenizer: bert, task: corpus }
          small-roberta: { config: configs/roberta.json, tokenizer: roberta, task: corpus, length_buckets: true }
          small-gpt2: { config: configs/gpt2.json, tokenizer: gpt2, task: corpus }
          small-llama: { config: configs/llama.json, tokenizer: llama, task: corpus }
          small-vit: { config: configs/vit.json, task: pretraining-images, processor: configs/images.json }
          small-swin: { config: configs/swin.json, task: pretraining-images, processor: configs/images.json }
        """;

    private static readonly string[] TokenKeys = ["vocab_size", "pad_token_id", "bos_token_id", "eos_token_id"];
    private readonly TemporaryFolder root = new();
    private readonly StringWriter output = new(CultureInfo.InvariantCulture);

    public PretrainTests()
    {
        root.File("experiments/smoke/pretrain.yaml", Yaml);
        root.File("experiments/smoke/configs/images.json", """{ "size": { "height": 16, "width": 16 }, "image_mean": [0.4, 0.4, 0.4] }""");
        foreach (var type in TinyFamily.All)
        {
            using var family = new TinyFamily(type);
            root.File($"experiments/smoke/configs/{type}.json", Open(File.ReadAllText(Path.Combine(family.Folder, "config.json"))));
            Directory.CreateDirectory(At($"world/tokenizers/{type}"));
            foreach (var file in Directory.EnumerateFiles(family.Folder).Where(file => Path.GetFileName(file) is not ("config.json" or "model.safetensors")))
                File.Copy(file, At($"world/tokenizers/{type}/{Path.GetFileName(file)}"));
        }

        root.File("world/datasets/corpus/train.txt", Texts(80, seed: 1));
        root.File("world/datasets/corpus/valid.txt", Texts(16, seed: 2));
        foreach (var (split, count) in new[] { ("train", 24), ("test", 8) })
        {
            for (var i = 0; i < count; i++) WriteImage($"world/datasets/pretraining-images/{split}/{(i % 2 == 0 ? "dark" : "light")}/{i:D2}.png", (byte)(i % 2 == 0 ? 40 + i : 200 + i));
        }
    }

    public void Dispose()
    {
        root.Dispose();
        output.Dispose();
    }

    [Theory]
    [InlineData("bert", "BertForMaskedLM", "perplexity")]
    [InlineData("roberta", "RobertaForMaskedLM", "perplexity")]
    [InlineData("gpt2", "GPT2LMHeadModel", "perplexity")]
    [InlineData("llama", "LlamaForCausalLM", "perplexity")]
    [InlineData("vit", null, "accuracy")]
    [InlineData("swin", null, "accuracy")]
    public void Every_family_is_trained_and_written_in_half_precision(string type, string? architecture, string metric)
    {
        Assert.Equal(0, Run(type));

        var folder = At($"experiments/smoke/models/small-{type}");
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        Assert.Equal("float16", config.RootElement.GetProperty("dtype").GetString());
        Assert.Equal(architecture, config.RootElement.TryGetProperty("architectures", out var names) ? names[0].GetString() : null);
        using var file = SafeTensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        Assert.All(file.Entries.Values, entry => Assert.Equal(torch.ScalarType.Float16, entry.Dtype));
        Assert.DoesNotContain(file.Entries.Keys, name => name.StartsWith("classifier", StringComparison.Ordinal));

        var curve = CsvFile.Read<CurvePoint>(Path.Combine(folder, "pretraining.csv"));
        Assert.Equal(2, curve.Count(point => point.Validation is not null && point.Metric == metric));
        Assert.Equal(curve.Select(point => point.Step).Distinct().Order(), curve.Select(point => point.Step));
        Assert.True(curve[^1].Loss < curve[0].Loss, $"{curve[0].Loss} to {curve[^1].Loss}");
        Assert.Equal(0, curve[^1].Step % (type is "vit" or "swin" ? 6 : 20));

        // It is a model to begin with: read as float32, it has what its family's fine-tuning needs.
        using var family = new TinyFamily(type);
        using var model = AutoModel.Load(folder, family.Head);
        Assert.Equal(torch.ScalarType.Float32, model.Dtype);
        using var tuner = new FineTuner(new FineTuneJob { ModelFolder = folder, Method = "lora", Train = family.Task(8), Training = new() { Epochs = 1, BatchSize = 4, MaxLength = 32 } });
        Assert.True(double.IsFinite(tuner.Run().EpochLosses[0]));
    }

    [Theory]
    [InlineData("roberta", "vocab_size 261, pad_token_id 1")]
    [InlineData("gpt2", "vocab_size 257, bos_token_id 256, eos_token_id 256")]
    public void What_a_configuration_leaves_open_is_the_tokenizer_s(string type, string expected)
    {
        Assert.Equal(0, Run(type));
        using var config = JsonDocument.Parse(File.ReadAllText(At($"experiments/smoke/models/small-{type}/config.json")));
        Assert.Equal(expected, string.Join(", ", TokenKeys.Where(key => config.RootElement.TryGetProperty(key, out _)).Select(key => $"{key} {config.RootElement.GetProperty(key)}")));
    }

    [Fact]
    public void A_stopped_run_goes_on_and_a_second_one_from_nothing_gives_the_same_bytes()
    {
        Assert.Equal(0, Run("bert"));
        var expected = Bytes("bert");
        var resumed = At("artifacts/models");
        Directory.Delete(resumed, recursive: true);

        using (var stop = new CancellationTokenSource())
        {
            stop.Cancel();
            Assert.Equal(130, Run("bert", stop: stop.Token));
        }

        Assert.Contains(Directory.EnumerateFiles(resumed, "progress.json", SearchOption.AllDirectories), _ => true);
        Assert.Equal(0, Run("bert"));
        Assert.Contains("Resuming after step", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(expected, Bytes("bert"));
    }

    [Fact]
    public void What_is_made_already_is_not_made_again_unless_it_is_forced_or_the_data_differ()
    {
        int Made() => output.ToString().Split("Making small-gpt2").Length - 1;
        Run("gpt2");
        Run("gpt2");
        Assert.Equal(1, Made());
        Run("gpt2", force: true);
        Assert.Equal(2, Made());
        File.AppendAllText(At("world/datasets/corpus/valid.txt"), "one more\n");
        Run("gpt2");
        Assert.Equal(3, Made());
    }

    [Fact]
    public void A_model_that_is_too_large_to_commit_is_refused_before_it_is_trained()
    {
        var path = At("experiments/smoke/configs/bert.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"intermediate_size\": 64", "\"intermediate_size\": 8000", StringComparison.Ordinal));
        Assert.Contains("pretrain.yaml:3: model 'small-bert' would have about", Assert.Throws<UsageException>(() => Run("bert")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task: corpus }", "task: corpse }", "Did you mean 'corpus'?")]
    [InlineData("tokenizer: bert,", "tokeniser: bert,", "Did you mean 'tokenizer'?")]
    [InlineData("tokenizer: bert,", "tokenizer: bart,", "tokenizers/bart")]
    [InlineData("configs/bert.json", "configs/brt.json", "no file 'configs/brt.json'")]
    [InlineData("task: corpus }", "task: corpus, split: test }", "corpus has no split 'test'")]
    public void A_mistake_in_the_file_is_named(string was, string becomes, string says)
    {
        var path = At("experiments/smoke/pretrain.yaml");
        var text = File.ReadAllText(path);
        var place = text.IndexOf(was, StringComparison.Ordinal);
        File.WriteAllText(path, text[..place] + becomes + text[(place + was.Length)..]);
        Assert.Contains(says, Assert.ThrowsAny<UsageException>(() => Run("bert")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_the_file_lacks_is_refused_with_the_nearest() =>
        Assert.Contains("Did you mean 'small-bert'?", Assert.Throws<UsageException>(() => Run("brt")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_world_that_is_not_there_is_named()
    {
        Directory.Delete(At("world"), recursive: true);
        Assert.Contains("--hub=FOLDER", Assert.Throws<UsageException>(() => Run("bert")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_repository_s_own_recipes_can_be_read()
    {
        var recipes = PretrainingFile.Load(Path.Combine(Golden.Root, "experiments", "smoke", "pretrain.yaml"));
        Assert.Equal(TinyFamily.All.Select(type => $"world-{type}"), recipes.Select(recipe => recipe.Name));
    }

    private int Run(string type, bool force = false, CancellationToken stop = default) =>
        Pretrain.Run(At("experiments/smoke/pretrain.yaml"), At("world"), new Selection { Models = [$"small-{type}"], Force = force }, output, stop);

    private Dictionary<string, string> Bytes(string type) =>
        Directory.EnumerateFiles(At($"experiments/smoke/models/small-{type}")).ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexString(File.ReadAllBytes(file)));

    private string At(string path) => Path.Combine(root.Path, path);

    // The sizes and numbers that the tokenizer knows.
    private static string Open(string config)
    {
        using var json = JsonDocument.Parse(config);
        return JsonSerializer.Serialize(json.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => TokenKeys.Contains(field.Name) ? null : (object?)field.Value)).Replace("\":", "\": ", StringComparison.Ordinal);
    }

    private void WriteImage(string path, byte grey)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), PngWriter.Write(16, 16, 8, 0, (_, _, _) => grey));
    }

    private static string Texts(int count, int seed) => string.Concat(TinyModel.Halves(count, seed).Examples.Cast<TextExample>().Select(example => example.Text + "\n"));
}
