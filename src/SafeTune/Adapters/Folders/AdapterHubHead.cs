using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>The head beside an adapter in adapter-hub's layout: head_config.json with model_head.safetensors, of one of Hugging Face's own classes.</summary>
internal static class AdapterHubHead
{
    private const string ConfigName = "head_config.json";
    private static readonly string[] Files = ["model_head.safetensors", "pytorch_model_head.bin"];

    /// <summary>Writes a model's head with the names of its classes.</summary>
    public static void Write(string folder, Transformer model, string? baseModel)
    {
        SafeTensors.Write(Path.Combine(folder, Files[0]), model.HeadWeights.Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigName), Config(model, baseModel).ToJsonString(AdapterHubFolder.Indented));
    }

    /// <summary>The file of the head's weights; null when there is none.</summary>
    /// <exception cref="UsageException">The head is of a kind that cannot be read.</exception>
    public static string? File(string folder)
    {
        Check(folder);
        return AdapterHubFolder.Find(folder, Files);
    }

    /// <summary>Outputs of the head; null when there is none.</summary>
    /// <inheritdoc cref="File"/>
    public static int? Labels(string folder)
    {
        Check(folder);
        var path = Path.Combine(folder, ConfigName);
        if (!System.IO.File.Exists(path)) return null;
        var names = LabelNames(folder);
        var number = JsonFile.Read(path, json => json.Get("num_labels") is { ValueKind: JsonValueKind.Number } labels ? labels.GetInt32() : (int?)null);
        return names is not null && number is not null && names.Count != number
            ? throw new UsageException($"{path}: 'num_labels' is {number}, and 'label2id' names {names.Count}; make them agree.")
            : number ?? names?.Count;
    }

    /// <summary>Class names by index; null where there are none.</summary>
    /// <exception cref="UsageException">They have no numbers from 0 on.</exception>
    public static IReadOnlyList<string>? LabelNames(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        if (!System.IO.File.Exists(path)) return null;
        return JsonFile.Read(path, json => json.Get("label2id") is not { ValueKind: JsonValueKind.Object } indices || ConfigRule.IsOff(indices)
            ? null
            : LabelKeys.ByIndex(indices) ?? throw new UsageException($"{path}: 'label2id' is {indices.GetRawText()}; expected a name for each number from 0 on."));
    }

    /// <summary>See <see cref="AdapterFolder.Whole"/>.</summary>
    public static IReadOnlySet<string> Whole(string folder)
    {
        if (File(folder) is not { } path) return new HashSet<string>();
        using var file = Checkpoint.Open(path);
        return file.Entries.Keys.ToHashSet();
    }

    // adapter-hub's own model classes have heads put together from settings.
    private static void Check(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        if (!System.IO.File.Exists(path)) return;
        JsonFile.Read(path, json => json.Get("config") is not { ValueKind: JsonValueKind.Object } settings
            ? 0
            : throw new UsageException($"{path}: the head is one of adapter-hub's flexible heads ({settings.Text("head_type") ?? "of no type"}, of the class {json.Text("model_class") ?? "that is not named"}), and only heads of Hugging Face's own classes, "
                + "such as BertForSequenceClassification, can be read. Without the head's two files the adapter can be loaded to train a new head on."));
    }

    private static JsonObject Config(Transformer model, string? baseModel)
    {
        var (count, given) = (model.HeadOptions.Labels, model.HeadOptions.LabelNames);
        var names = Enumerable.Range(0, count).Select(i => KeyValuePair.Create<string, JsonNode?>(given is not null && given.Count == count ? given[i] : $"LABEL_{i}", i));
        return new JsonObject
        {
            ["config"] = null, ["hidden_size"] = model.Config.Width, ["label2id"] = new JsonObject(names), ["model_class"] = AdapterHubFolder.Class(model), ["model_name"] = baseModel ?? "",
            ["model_type"] = model.Config.ModelType, ["name"] = null, ["num_labels"] = count, ["version"] = AdapterHubFolder.Version,
        };
    }
}
