using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>Writes a model trained in full as Hugging Face's save_pretrained does, its tokenizer's files included.</summary>
internal static class HuggingFaceFolder
{
    private static readonly string[] TokenizerFiles = 
    [
        "vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json",
        "preprocessor_config.json",
    ];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes config.json, model.safetensors and the tokenizer.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="model">The model.</param>
    /// <param name="baseModel">The pre-trained model's folder: its configuration is kept but for the head's keys.</param>
    /// <param name="labelNames">Classes by index; null for a regression.</param>
    public static void Write(string folder, Transformer model, string baseModel, IReadOnlyList<string>? labelNames)
    {
        foreach (var name in TokenizerFiles.Where(name => File.Exists(Path.Combine(baseModel, name))))
        {
            AtomicFile.Write(Path.Combine(folder, name), stream =>
            {
                using var source = File.OpenRead(Path.Combine(baseModel, name));
                source.CopyTo(stream);
            });
        }

        SafeTensors.Write(Path.Combine(folder, "model.safetensors"), model.NamedWeights().Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
        AtomicFile.WriteAllText(Path.Combine(folder, "config.json"), Config(Path.Combine(baseModel, "config.json"), model, labelNames));
    }

    private static string Config(string basePath, Transformer model, IReadOnlyList<string>? labelNames)
    {
        var config = JsonNode.Parse(File.ReadAllText(basePath))!.AsObject();
        config["architectures"] = new JsonArray(model.Config.Architectures.First(known => known.Task == model.HeadOptions.Task).Class);
        if (model.HeadOptions.Task is TaskKind.Classification or TaskKind.Regression) Labels(config, labelNames);
        // The weights are written as they were trained.
        config.Remove("torch_dtype");
        config["dtype"] = "float32";
        return config.ToJsonString(Indented) + "\n";
    }

    private static void Labels(JsonObject config, IReadOnlyList<string>? labelNames)
    {
        var names = labelNames ?? ["LABEL_0"];
        config["id2label"] = new JsonObject(names.Index().Select(name => KeyValuePair.Create<string, JsonNode?>(name.Index.ToString(CultureInfo.InvariantCulture), name.Item)));
        config["label2id"] = new JsonObject(names.Index().Select(name => KeyValuePair.Create<string, JsonNode?>(name.Item, name.Index)));
        config["problem_type"] = labelNames is null ? "regression" : "single_label_classification";
    }
}
