using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SafeTune.Checkpoints;

namespace SafeTune.Training;

/// <summary>What a run's result depends on, by name: two runs of equal settings may share checkpoints. Files count by their contents, wherever they lie.</summary>
/// <remarks>What changes a result in its last digits at most is left out: fused kernels, gradient checkpointing, threads, how often a checkpoint is written.</remarks>
internal static class RunSettings
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new UndefinedAsNull(), new JsonStringEnumConverter() } };

    /// <summary>A job's.</summary>
    public static SortedDictionary<string, string> Of(FineTuneJob job)
    {
        var t = job.Training;
        SortedDictionary<string, string> found = new(StringComparer.Ordinal)
        {
            ["training data"] = job.Train.Hash,
            ["validation data"] = job.Validation?.Hash ?? "none",
        };
        Add(found, "", JsonSerializer.SerializeToNode(
            new
            {
                job.Method, job.Train.Task, job.Train.LabelNames, job.Metric, Adapter = (object?)job.Adapter, Baseline = (object?)job.EffectiveBaseline, job.Safe, job.RecordImportance, job.FreezePlan, job.Generation,
                Dtype = job.Dtype.ToString(), PrefixCache = t.PrefixCache is not null,
                Training = t with { CheckpointSeconds = 0, GradientCheckpointing = false, Deterministic = false, PrefixCache = null },
            },
            Options));
        foreach (var file in Files(job.ModelFolder)) found["model/" + Path.GetFileName(file)] = Sha256(file);
        if (job.StartFrom is { } adapter) foreach (var file in Directory.EnumerateFiles(adapter)) found["adapter/" + Path.GetFileName(file)] = Sha256(file);
        return found;
    }

    /// <summary>How two runs differ, in words; empty when they do not.</summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> ours, IReadOnlyDictionary<string, string> theirs) =>
    [
        .. ours.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal).Where(name => ours.GetValueOrDefault(name) != theirs.GetValueOrDefault(name))
            .Select(name => (Name: name, Ours: ours.GetValueOrDefault(name, "none"), Theirs: theirs.GetValueOrDefault(name, "none")))
            .Select(one => one.Ours.Length == 64 || one.Theirs.Length == 64 ? $"{one.Name} is another" : $"{one.Name} was {one.Theirs} and is {one.Ours}"),
    ];

    /// <summary>SHA-256 of a file, as lower-case hex.</summary>
    public static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // The weights that are read of those that lie there, the configuration, and what the tokenizer or the image processor may read.
    private static IEnumerable<string> Files(string model) =>
        Checkpoint.Files(model).Concat(HuggingFaceFolder.TokenizerFiles.Append("config.json").Select(name => Path.Combine(model, name)).Where(File.Exists));

    private static void Add(SortedDictionary<string, string> found, string name, JsonNode? value)
    {
        if (value is JsonObject parts)
            foreach (var (key, part) in parts) Add(found, name.Length == 0 || name == "training" ? key : $"{name}.{key}", part);
        else if (value is not null) found[name] = value is JsonValue single && single.TryGetValue<string>(out var text) ? text : value.ToJsonString();
    }
}
