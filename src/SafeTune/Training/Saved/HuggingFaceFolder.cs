using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Writes a model trained in full as Hugging Face's save_pretrained does, its tokenizer's files included.</summary>
internal static class HuggingFaceFolder
{
    /// <summary>What a tokenizer or an image processor may read, and generating texts with it.</summary>
    internal static readonly string[] TokenizerFiles =
    [
        "vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer.model", "spiece.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json",
        "preprocessor_config.json",
    ];
    private static readonly string[] HeadKeys = ["architectures", "id2label", "label2id", "problem_type"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes config.json, model.safetensors and the tokenizer.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="model">The model.</param>
    /// <param name="baseModel">The pre-trained model's folder: its configuration is kept but for the head's keys.</param>
    /// <param name="labelNames">Classes by index; null for a regression.</param>
    public static void Write(string folder, Transformer model, string baseModel, IReadOnlyList<string>? labelNames)
    {
        var config = Config(baseModel);
        config["architectures"] = Architecture(model);
        if (model.HeadOptions.Task is TaskKind.Classification or TaskKind.Regression) Labels(config, labelNames);
        Write(folder, baseModel, config, ScalarType.Float32, model.NamedWeights().Select(entry => (entry.Path, entry.Weight.Value)));
    }

    /// <summary>Writes what other trainings begin with: float16, and without the part of the head that is new with every task.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="model">The model.</param>
    /// <param name="baseModel">Folder with its configuration and tokenizer.</param>
    /// <exception cref="UsageException">A weight is too large for float16.</exception>
    public static void WritePretrained(string folder, Transformer model, string baseModel)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var config = Config(baseModel);
        var head = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        foreach (var key in HeadKeys) config.Remove(key);
        if (head.Count == 0) config["architectures"] = Architecture(model);
        Write(folder, baseModel, config, ScalarType.Float16, [.. model.NamedWeights().Where(entry => !head.Contains(entry.Path)).Select(entry => (entry.Path, Halved(entry.Path, entry.Weight.Value)))]);
    }

    private static Tensor Halved(string name, Tensor value)
    {
        var half = value.to(ScalarType.Float16);
        return half.isfinite().all().item<bool>() ? half : throw new UsageException($"The weight '{name}' holds values that are too large for float16; train it again, at a lower learning rate.");
    }

    private static void Write(string folder, string baseModel, JsonObject config, ScalarType dtype, IEnumerable<(string Name, Tensor Value)> weights)
    {
        foreach (var name in TokenizerFiles.Where(name => File.Exists(Path.Combine(baseModel, name))))
        {
            AtomicFile.Write(Path.Combine(folder, name), stream =>
            {
                using var source = File.OpenRead(Path.Combine(baseModel, name));
                source.CopyTo(stream);
            });
        }

        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), weights, SafeTensors.TorchMetadata);
        config.Remove("torch_dtype");
        config["dtype"] = dtype.ToString().ToLowerInvariant();
        AtomicFile.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Config(string baseModel) => JsonNode.Parse(File.ReadAllText(Path.Combine(baseModel, "config.json")))!.AsObject();

    private static JsonArray Architecture(Transformer model) => [model.Config.Architectures.First(known => known.Task == model.HeadOptions.Task).Class];

    private static void Labels(JsonObject config, IReadOnlyList<string>? labelNames)
    {
        var names = labelNames ?? ["LABEL_0"];
        config["id2label"] = new JsonObject(names.Index().Select(name => KeyValuePair.Create<string, JsonNode?>(name.Index.ToString(CultureInfo.InvariantCulture), name.Item)));
        config["label2id"] = new JsonObject(names.Index().Select(name => KeyValuePair.Create<string, JsonNode?>(name.Item, name.Index)));
        config["problem_type"] = labelNames is null ? "regression" : "single_label_classification";
    }
}
