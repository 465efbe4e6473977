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
public sealed record LoadOptions(Device? Device = null, ScalarType Dtype = ScalarType.Float32, bool AllowMismatch = false, Action<string>? Warn = null);

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
        return Load(folder, config, OwnHead(file, config), options ?? new LoadOptions());
    }

    /// <summary>Reads the model with the given head.</summary>
    /// <inheritdoc cref="Load(string, LoadOptions?)"/>
    public static Transformer Load(string folder, HeadOptions head, LoadOptions? options = null) => Load(folder, Configuration(folder), head, options ?? new LoadOptions());

    /// <summary>A model with random weights: normal with the configuration's standard deviation, norms 1 and biases 0, as Hugging Face initialises.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="head">What it predicts.</param>
    /// <param name="device">Where it goes; null = the CPU.</param>
    /// <param name="dtype">Of all weights but the head's, as where they are loaded.</param>
    public static Transformer Random(ModelConfig config, HeadOptions head, Device? device = null, ScalarType dtype = ScalarType.Float32)
    {
        var model = config.Build(head);
        var fresh = model.HeadWeights.Select(entry => entry.Weight).ToHashSet();
        foreach (var (_, weight) in model.NamedWeights()) weight.Set(Fresh(weight, config, fresh.Contains(weight) ? ScalarType.Float32 : dtype, device));
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
        var labels = Math.Max(1, config.ClassNames?.Count ?? 2);
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

    private static Transformer Load(string folder, ModelConfig config, HeadOptions head, LoadOptions options)
    {
        var model = config.Build(head);
        try
        {
            using var file = Checkpoint.Open(folder);
            Fill(model, file, options);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void Fill(Transformer model, ITensorFile file, LoadOptions options)
    {
        var config = model.Config;
        var stored = Canonical(model, file);
        List<string> missing = [];
        var heads = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        foreach (var (name, weight) in model.NamedWeights())
        {
            var isFresh = model.HeadOptions.IsFresh && heads.Contains(name);
            if (stored.Remove(name, out var key) && !isFresh) weight.Set(Read(file, key, weight, options));
            else if (isFresh || weight.IsOptional) weight.Set(Fresh(weight, config, ScalarType.Float32, options.Device));
            else
            {
                missing.Add(name);
                if (options.AllowMismatch) weight.Set(Fresh(weight, config, options.Dtype, options.Device));
            }
        }

        CheckTied(model, file, stored);
        string[] unexpected = [.. stored.Where(entry => !config.LeavesOut(entry.Key)).Select(entry => entry.Value)];
        Refuse(missing, $"{file.Path}: missing", "; the file does not fit its config.json or has no such head.", options);
        Refuse(unexpected, $"{file.Path}: unexpected", "; the file does not fit its config.json.", options);
    }

    /// <summary>The file's names by the names that the model uses: with the family's prefix, which files of bare models leave out.</summary>
    private static Dictionary<string, string> Canonical(Transformer model, ITensorFile file)
    {
        var config = model.Config;
        var outside = model.NamedWeights().Select(entry => entry.Path).Concat(model.Tied.Keys).Select(First).Append(config.Prefix).ToHashSet();
        Dictionary<string, string> stored = [];
        foreach (var key in file.Entries.Keys)
        {
            var modern = config.Modern(key);
            var name = outside.Contains(First(modern)) ? modern : $"{config.Prefix}.{modern}";
            if (!stored.TryAdd(name, key)) throw new UsageException($"{file.Path}: '{stored[name]}' and '{key}' are the same weight under two names; expected it once.");
        }

        return stored;
    }

    // A file may repeat a tied weight under its other name; then both must agree.
    private static void CheckTied(Transformer model, ITensorFile file, Dictionary<string, string> stored)
    {
        foreach (var (name, original) in model.Tied)
        {
            if (!stored.Remove(name, out var key)) continue;
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var weight = model.NamedWeights().First(entry => entry.Path == original).Weight;
            var copy = file.Read(key, weight.Value.dtype, weight.Value.device);
            if (!copy.shape.AsSpan().SequenceEqual(weight.Value.shape) || !copy.eq(weight.Value).all().item<bool>())
                throw new UsageException($"{file.Path}: '{key}' differs from '{original}', and config.json ties the two; set tie_word_embeddings to false if they were trained apart.");
        }
    }

    private static void Refuse(IReadOnlyCollection<string> names, string start, string end, LoadOptions options)
    {
        if (names.Count == 0) return;
        var sentence = $"{start} {(names.Count == 1 ? "the tensor " : $"{names.Count} tensors: ")}{string.Join(", ", names.Take(5).Select(name => $"'{name}'"))}{(names.Count > 5 ? ", …" : "")}{end}";
        if (!options.AllowMismatch) throw new UsageException(sentence);
        options.Warn?.Invoke(sentence);
    }

    private static Tensor Read(ITensorFile file, string key, Weight weight, LoadOptions options)
    {
        var found = file.Entries[key].Shape;
        return found.AsSpan().SequenceEqual(weight.Shape.ToArray())
            ? file.Read(key, options.Dtype, options.Device)
            : throw new UsageException($"{file.Path}: the tensor '{key}' has the shape [{string.Join(", ", found)}], and config.json asks for [{string.Join(", ", weight.Shape)}].");
    }

    private static Tensor Fresh(Weight weight, ModelConfig config, ScalarType dtype, Device? device)
    {
        using var off = no_grad();
        var value = empty([.. weight.Shape], dtype, device);
        return weight.Initial is { } all ? value.fill_(Kept(all)) : value.normal_(0, config.InitializerRange);
    }

    private static string First(string name) => name.Split('.')[0];
}
