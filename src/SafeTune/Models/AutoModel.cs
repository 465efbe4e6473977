using SafeTune.Checkpoints;
using SafeTune.Data;
using TorchSharp;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>How a model's files are read.</summary>
/// <param name="Device">Where the weights go; null = the CPU.</param>
/// <param name="Dtype">What pre-trained weights become: float32 or bfloat16. A fresh head is float32 always.</param>
/// <param name="AllowMismatch">Weights that the file lacks become fresh ones and tensors that the model lacks are skipped, both told to <paramref name="Warn"/>; false = an error.</param>
/// <param name="Warn">Told of what was allowed.</param>
public sealed record LoadOptions(Device? Device = null, ScalarType Dtype = ScalarType.Float32, bool AllowMismatch = false, Action<string>? Warn = null)
{
    /// <summary>
    /// True: a task of its own is to be trained. A head or a pooler that the file lacks is fresh, seeded by torch's generator and part of what trains, and heads of other tasks are left out;
    /// both are told to <see cref="Warn"/>. False: it is to predict, so nothing may be missing but what <see cref="Brought"/> has.
    /// </summary>
    public bool IsTraining { get; init; }

    /// <summary>Weights, by the model's names, that an adapter's folder has whole and puts in place of the file's, which may lack them.</summary>
    public IReadOnlySet<string> Brought { get; init; } = new HashSet<string>();
}

/// <summary>Loads a model folder in Hugging Face's layout.</summary>
public static class AutoModel
{
    private static readonly Dictionary<string, Func<ConfigFile, ModelConfig>> Families = new()
    {
        ["bert"] = ModelConfig.Read<BertConfig>,
        ["roberta"] = ModelConfig.Read<RobertaConfig>,
        ["gpt2"] = ModelConfig.Read<Gpt2Config>,
        ["llama"] = ModelConfig.Read<LlamaConfig>,
        ["vit"] = ModelConfig.Read<VitConfig>,
        ["swin"] = ModelConfig.Read<SwinConfig>,
    };

    /// <summary>Reads the model with the head that its own config.json names under <c>architectures</c>.</summary>
    /// <param name="folder">Folder with config.json and the weights.</param>
    /// <param name="options">How to read them.</param>
    /// <exception cref="UsageException">A file is missing or broken, the type or architecture is unknown, or tensors are missing, unexpected or of another shape.</exception>
    public static Transformer Load(string folder, LoadOptions? options = null)
    {
        var file = ConfigFile.Read(folder);
        var config = Configuration(file);
        return Load(folder, file, config, OwnHead(file, config), options ?? new LoadOptions());
    }

    /// <summary>Reads the model with the given head.</summary>
    /// <inheritdoc cref="Load(string, LoadOptions?)"/>
    public static Transformer Load(string folder, HeadOptions head, LoadOptions? options = null)
    {
        var file = ConfigFile.Read(folder);
        return Load(folder, file, Configuration(file), head, options ?? new LoadOptions());
    }

    /// <summary>A model with random weights: normal with the configuration's standard deviation, norms 1 and biases 0, as Hugging Face initialises.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="head">What it predicts.</param>
    /// <param name="device">Where it goes; null = the CPU.</param>
    /// <param name="dtype">Of all weights but the head's, as where they are loaded.</param>
    public static Transformer Random(ModelConfig config, HeadOptions head, Device? device = null, ScalarType dtype = ScalarType.Float32)
    {
        var model = config.Build(head);
        var fresh = model.HeadWeights.Select(entry => entry.Weight).ToHashSet();
        foreach (var (_, weight) in model.NamedWeights()) weight.Set(ModelWeights.Fresh(weight, config, fresh.Contains(weight) ? ScalarType.Float32 : dtype, device));
        return model;
    }

    /// <summary>Reads a folder's config.json.</summary>
    /// <exception cref="UsageException">The file is missing or broken, or of a model type that is not known.</exception>
    public static ModelConfig Configuration(string folder) => Configuration(ConfigFile.Read(folder));

    private static ModelConfig Configuration(ConfigFile file) => Families.TryGetValue(file.ModelType, out var read)
        ? read(file)
        : throw new UsageException($"{file.Path}: the model type '{file.ModelType}' is not known; known: {string.Join(", ", Families.Keys)}.{Nearest.Hint(file.ModelType, Families.Keys)}");

    private static HeadOptions OwnHead(ConfigFile file, ModelConfig config)
    {
        var labels = Math.Max(1, config.Labels);
        var task = file.Architecture is not { } name ? config.Architectures[0].Task
            : config.Architectures.Any(known => known.Class == name) ? config.Architectures.First(known => known.Class == name).Task
            : throw new UsageException($"{file.Path}: the architecture '{name}' is not known; known for the type '{config.ModelType}': {string.Join(", ", config.Architectures.Select(known => known.Class).Distinct())}. "
                + "A model without a head can be loaded when the task is named.");
        return task switch
        {
            TaskKind.Classification or TaskKind.Regression => labels == 1 ? HeadOptions.Number(isFresh: false) : HeadOptions.Classes(labels, isFresh: false),
            TaskKind.QuestionAnswering => HeadOptions.Span(isFresh: false),
            TaskKind.MaskedLanguageModelling => HeadOptions.MaskedTokens(),
            _ => HeadOptions.NextToken(),
        };
    }

    private static Transformer Load(string folder, ConfigFile file, ModelConfig config, HeadOptions head, LoadOptions options)
    {
        if (head.Task is TaskKind.Classification or TaskKind.Regression)
        {
            if (head.IsFresh) LabelKeys.CheckSingle(file.Path, config);
            else LabelKeys.CheckOwn(file.Path, config, head.Labels);
        }

        if (ConfigKeys.Unknown(file, config) is { Count: > 0 } unknown)
            options.Warn?.Invoke($"{file.Path}: {(unknown.Count == 1 ? "the key" : "the keys")} {string.Join(", ", unknown.Select(key => $"'{key}'"))} {(unknown.Count == 1 ? "is" : "are")} not known and {(unknown.Count == 1 ? "was" : "were")} ignored.");
        if (options.IsTraining && File.Exists(Path.Combine(folder, "adapter_config.json")))
            options.Warn?.Invoke($"The model folder '{folder}' has an adapter too (adapter_config.json), which is not part of the model and was not read.");
        using var weights = Checkpoint.Open(folder);
        return ModelWeights.Load(weights, config, head, options);
    }
}
