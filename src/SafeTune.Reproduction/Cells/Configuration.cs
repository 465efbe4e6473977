using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Results;
using SafeTune.Training;

namespace SafeTune.Reproduction.Cells;

/// <summary>
/// A cell's configuration as canonical JSON, and its hash. Everything that changes the numbers is in it except the data, which has a hash of its own;
/// paths are not. Threads and the torch stack are recorded beside the results but left out here: with them every machine would have its own table.
/// </summary>
public static class Configuration
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private static readonly string[] TokenizerFiles = ["vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer.model", "spiece.model", "added_tokens.json", "special_tokens_map.json"];

    public static string Of(CellKey key, Experiment experiment, string modelHash, int? maxTrain)
    {
        Column column = experiment.Column(key.Task).For(key.Method);
        bool safe = key.Method.EndsWith("+safe", StringComparison.Ordinal);
        var json = new JsonObject
        {
            ["format"] = 1,
            ["table"] = key.Table,
            ["scale"] = key.Scale,
            ["model"] = key.Model,
            ["model_hash"] = modelHash,
            ["method"] = key.Method,
            ["task"] = key.Task,
            ["seed"] = key.Seed,
            ["evaluation"] = experiment.Evaluation == EvaluationRule.Paper ? "paper" : "dev",
            ["max_train"] = maxTrain,
            ["training"] = new JsonObject
            {
                ["learning_rate"] = column.LearningRate,
                ["batch_size"] = column.BatchSize,
                ["epochs"] = column.Epochs,
                ["max_length"] = column.MaxLength,
                ["length_buckets"] = column.LengthBuckets,
                ["weight_decay"] = column.WeightDecay,
                ["warm_up_fraction"] = column.WarmUpFraction,
                ["gradient_clip"] = column.GradientClip,
                ["skip_broken_rows"] = column.SkipBrokenRows,
            },
            ["lora"] = !key.Method.StartsWith("lora", StringComparison.Ordinal) ? null : new JsonObject
            {
                ["rank"] = experiment.Lora.Rank,
                ["alpha"] = experiment.Lora.Alpha,
                ["dropout"] = experiment.Lora.Dropout,
                ["target_modules"] = new JsonArray([.. (experiment.Lora.TargetModules ?? []).Select(module => (JsonNode)module)]),
            },
            ["probes"] = new JsonObject
            {
                ["examples"] = experiment.Safe.ProbeExamples,
                ["per_epoch"] = experiment.Safe.ProbesPerEpoch,
                ["centre_cka"] = experiment.Safe.CentreCka,
            },
            ["safe"] = !safe ? null : new JsonObject
            {
                ["tau_final"] = experiment.Safe.TauFinal,
                ["max_auto_tau"] = experiment.Safe.MaxAutoTau,
                ["relative_change"] = experiment.Safe.RelativeChange,
                ["consecutive"] = experiment.Safe.Consecutive,
                ["warm_up_cap"] = experiment.Safe.WarmUpCap,
                ["freeze_end"] = experiment.Safe.FreezeEnd,
            },
        };
        var more = (JsonObject)json["training"]!;
        if (column.Stride is { } stride)
            more["stride"] = stride;
        if (column.TrainRows is { } trainRows)
            more["train_rows"] = trainRows;
        if (column.EvaluationRows is { } evaluationRows)
            more["evaluation_rows"] = evaluationRows;
        if (column.MicroBatchSize is { } microBatch)
            more["micro_batch_size"] = microBatch;
        if (experiment.Generation is { } generation)
            json["generation"] = Settings(generation);
        if (Methods.Baseline(key.Method) is { } baseline)
            json["baseline"] = Settings(baseline);
        else if (!key.Method.StartsWith("lora", StringComparison.Ordinal) && key.Method != "full")
            json["adapter"] = Settings(Methods.Default(key.Method.Split('+')[0]));
        return Canonical(json)!.ToJsonString();
    }

    /// <summary>SHA-256, the first 16 hexadecimal digits: short enough for a folder's name, long enough to be unique.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    /// <summary>Hash of what a model folder contributes: configuration (reformatting does not count), vocabulary and weights.</summary>
    /// <exception cref="UsageException">The folder lacks config.json or weights.</exception>
    public static string ModelHash(string folder)
    {
        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(config))
            throw new UsageException($"{config}: no such file; expected a Hugging Face model folder (config.json, the weights, the tokenizer's files).");
        var parts = new StringBuilder();
        try
        {
            parts.Append(Canonical(JsonNode.Parse(File.ReadAllText(config)))?.ToJsonString());
        }
        catch (JsonException broken)
        {
            throw new UsageException($"{config}:{broken.LineNumber + 1}: not valid JSON; download the file again.", broken);
        }
        var counted = Directory.GetFiles(folder).Where(file => Path.GetExtension(file) is ".safetensors" or ".bin" || TokenizerFiles.Contains(Path.GetFileName(file)));
        string[] files = [.. counted.Order(StringComparer.Ordinal)];
        if (!files.Any(file => Path.GetExtension(file) == ".safetensors"))
            throw new UsageException($"{folder}: no .safetensors file; expected the model's weights.");
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(file);
            parts.Append('\n').Append(Path.GetFileName(file)).Append(' ').Append(Convert.ToHexStringLower(SHA256.HashData(stream)));
        }
        return Hash(parts.ToString());
    }

    private static JsonObject Settings(object options)
    {
        JsonObject settings = JsonSerializer.SerializeToNode(options, options.GetType(), SnakeCase)!.AsObject();
        // A sentence for people; rewording it changes no number.
        settings.Remove("summary");
        return settings;
    }

    private static JsonNode? Canonical(JsonNode? node) => node switch
    {
        JsonObject fields => new JsonObject(fields
            .OrderBy(field => field.Key, StringComparer.Ordinal)
            .Select(field => KeyValuePair.Create(field.Key, Canonical(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Canonical)]),
        _ => node?.DeepClone(),
    };
}
