using SafeTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>What the model predicts.</summary>
/// <param name="Labels">Classes, or 1 for a regression.</param>
/// <param name="IsRegression">One number trained with the squared error.</param>
/// <param name="IsFresh">True: the classifier is new and initialised at random, whatever the file holds. False: it is read from the file.</param>
public sealed record HeadOptions(int Labels, bool IsRegression, bool IsFresh);

/// <summary>Loads a model folder in Hugging Face's layout.</summary>
public static class AutoModel
{
    private static readonly string[] KnownTypes = ["bert"];

    /// <summary>Reads the model with the head that its own config.json describes.</summary>
    /// <param name="folder">Folder with config.json and model.safetensors.</param>
    /// <param name="device">Where the weights go; null = the CPU.</param>
    /// <exception cref="UsageException">A file is missing or broken, the type is unknown, or tensors are missing, unexpected or of another shape.</exception>
    public static Bert Load(string folder, Device? device = null)
    {
        var labels = Math.Max(1, Configuration(folder).ClassNames?.Count ?? 2);
        return Load(folder, new HeadOptions(labels, labels == 1, IsFresh: false), device);
    }

    /// <summary>Reads the model with the given head.</summary>
    /// <inheritdoc cref="Load(string, Device?)"/>
    public static Bert Load(string folder, HeadOptions head, Device? device = null)
    {
        var model = new Bert(Configuration(folder), head);
        var path = Path.Combine(folder, "model.safetensors");
        if (!File.Exists(path)) throw new UsageException($"The model folder '{folder}' has no model.safetensors.");
        using var file = SafeTensorsFile.Open(path);
        var stored = file.Entries.Keys.Where(name => !IsLeftOut(name)).ToDictionary(CanonicalName);
        var missing = new List<string>();
        foreach (var (name, weight) in model.NamedWeights())
        {
            var isHead = name.StartsWith("classifier.", StringComparison.Ordinal);
            if (stored.Remove(name, out var key) && !(isHead && head.IsFresh)) weight.Set(Read(path, file, key, weight, device));
            else if (isHead && head.IsFresh) weight.Set(Fresh(weight, model.Config.InitializerRange, device));
            else missing.Add(name);
        }

        if (missing.Count > 0) throw new UsageException($"{path}: missing {List(missing)}; the file does not fit its config.json or has no such head.");
        if (stored.Count > 0) throw new UsageException($"{path}: unexpected {List(stored.Values)}; the file does not fit its config.json.");
        return model;
    }

    /// <summary>A model with random weights: normal with the configuration's standard deviation, LayerNorm 1 and biases 0, as Hugging Face initialises.</summary>
    public static Bert Random(BertConfig config, HeadOptions head, Device? device = null)
    {
        var model = new Bert(config, head);
        foreach (var (name, weight) in model.NamedWeights())
        {
            weight.Set(name.EndsWith("LayerNorm.weight", StringComparison.Ordinal)
                ? ones([.. weight.Shape], ScalarType.Float32, device)
                : Fresh(weight, config.InitializerRange, device));
        }

        return model;
    }

    /// <summary>Reads a folder's config.json.</summary>
    /// <exception cref="UsageException">The file is missing or broken, or of a model type that is not known.</exception>
    public static BertConfig Configuration(string folder)
    {
        var config = ConfigFile.Read(folder);
        return KnownTypes.Contains(config.ModelType)
            ? BertConfig.Load(folder)
            : throw new UsageException($"{config.Path}: the model type '{config.ModelType}' is not known; known: {string.Join(", ", KnownTypes)}.{Nearest.Hint(config.ModelType, KnownTypes)}");
    }

    // Pre-training heads and a buffer that old files carry: no part of fine-tuning.
    private static bool IsLeftOut(string name) =>
        name.StartsWith("cls.", StringComparison.Ordinal) || name.EndsWith("embeddings.position_ids", StringComparison.Ordinal);

    private static string CanonicalName(string name)
    {
        var modern = name.Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal).Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
        return modern.StartsWith("bert.", StringComparison.Ordinal) || modern.StartsWith("classifier.", StringComparison.Ordinal) ? modern : "bert." + modern;
    }

    private static Tensor Read(string path, SafeTensorsFile file, string key, Weight weight, Device? device)
    {
        var found = file.Entries[key].Shape;
        return found.SequenceEqual(weight.Shape)
            ? file.Read(key, ScalarType.Float32, device)
            : throw new UsageException($"{path}: the tensor '{key}' has the shape [{string.Join(", ", found)}], and config.json asks for [{string.Join(", ", weight.Shape)}].");
    }

    private static Tensor Fresh(Weight weight, double deviation, Device? device)
    {
        using var off = no_grad();
        var value = empty([.. weight.Shape], ScalarType.Float32, device);
        return weight.Name == "bias" ? value.zero_() : value.normal_(0, deviation);
    }

    private static string List(IReadOnlyCollection<string> names) =>
        (names.Count == 1 ? "the tensor " : $"{names.Count} tensors: ") + string.Join(", ", names.Take(5).Select(name => $"'{name}'")) + (names.Count > 5 ? ", …" : "");
}
