using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafeTune.Adapters;

/// <summary>Writes peft's adapter_config.json.</summary>
internal static class PeftConfigText
{
    // The layout is that of this version of peft: its fields, their order and their defaults.
    private const string PeftVersion = "0.21.2";

    /// <summary>See <see cref="PeftConfig.ToJson"/>.</summary>
    public static string Of(PeftConfig config, (string Class, string Module)? modelClass)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, write) in Fields(config, modelClass).OrderBy(field => field.Name, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                write(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()).ReplaceLineEndings("\n");
    }

    private static IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> Fields(PeftConfig config, (string Class, string Module)? modelClass)
    {
        string[] none =
        [
            "alora_invocation_tokens", "arrow_config", "corda_config", "eva_config", "exclude_modules", "kasa_config", "layer_replication", "layers_pattern", "lora_ga_config",
            "megatron_config", "monteclora_config", "revision", "target_parameters", "trainable_token_indices", "use_bdlora", "velora_config",
        ];
        string[] off = ["ensure_weight_tying", "lora_bias", "use_dora", "use_qalora", "use_rslora"];
        string[] on = ["inference_mode", "init_lora_weights"];
        string[] empty = ["alpha_pattern", "loftq_config"];
        foreach (var name in none) yield return (name, json => json.WriteNullValue());
        foreach (var name in off) yield return (name, json => json.WriteBooleanValue(false));
        foreach (var name in on) yield return (name, json => json.WriteBooleanValue(true));
        foreach (var name in empty) yield return (name, json => WriteObject(json));
        yield return ("auto_mapping", json =>
        {
            if (config.TaskType is null && modelClass is { } known) WriteObject(json, ("base_model_class", known.Class), ("parent_library", known.Module));
            else json.WriteNullValue();
        });
        yield return ("base_model_name_or_path", json => json.WriteStringValue(config.BaseModel));
        yield return ("fan_in_fan_out", json => json.WriteBooleanValue(config.FanInFanOut));
        yield return ("bias", json => json.WriteStringValue("none"));
        yield return ("layers_to_transform", json => WriteArray(json, config.Blocks, json.WriteNumberValue));
        var (alpha, dropout, targets) = config.Adapter is AdaLoraOptions a ? (a.Alpha, a.Dropout, a.TargetModules) : config.Adapter is LoraOptions l ? (l.Alpha, l.Dropout, l.TargetModules) : throw new InvalidOperationException($"peft has no type for '{config.Adapter.Method}'.");
        yield return ("lora_alpha", json => json.WriteRawValue(PythonNumber.Number(alpha)));
        yield return ("lora_dropout", json => json.WriteRawValue(PythonNumber.Float(dropout)));
        yield return ("megatron_core", json => json.WriteStringValue("megatron.core"));
        yield return ("modules_to_save", json => WriteArray(json, config.ModulesToSave.Count == 0 ? null : config.ModulesToSave, json.WriteStringValue));
        yield return ("peft_type", json => json.WriteStringValue(config.Adapter is AdaLoraOptions ? "ADALORA" : "LORA"));
        yield return ("peft_version", json => json.WriteStringValue(PeftVersion));
        yield return ("qalora_group_size", json => json.WriteNumberValue(16));
        yield return ("task_type", json => json.WriteStringValue(config.TaskType));
        yield return ("target_modules", json => WriteArray(json, targets, json.WriteStringValue));
        foreach (var field in config.Adapter is AdaLoraOptions adaptive ? AdaptiveFields(adaptive, config.RankPattern) : [("r", json => json.WriteNumberValue(((LoraOptions)config.Adapter).Rank)), ("rank_pattern", json => WriteObject(json))]) yield return field;
    }

    private static IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> AdaptiveFields(AdaLoraOptions a, IReadOnlyDictionary<string, IReadOnlyList<bool>>? ranks)
    {
        yield return ("beta1", json => json.WriteRawValue(PythonNumber.Float(a.Beta1)));
        yield return ("beta2", json => json.WriteRawValue(PythonNumber.Float(a.Beta2)));
        yield return ("deltaT", json => json.WriteNumberValue(a.Interval));
        yield return ("init_r", json => json.WriteNumberValue(a.InitialRank));
        yield return ("orth_reg_weight", json => json.WriteRawValue(PythonNumber.Float(a.OrthogonalWeight)));
        // LoRA's rank, which AdaLoRA does not read: peft's default.
        yield return ("r", json => json.WriteNumberValue(8));
        yield return ("rank_pattern", json => WritePattern(json, ranks));
        yield return ("target_r", json => json.WriteNumberValue(a.TargetRank));
        yield return ("tfinal", json => json.WriteNumberValue(a.FinalSteps));
        yield return ("tinit", json => json.WriteNumberValue(a.InitialSteps));
        yield return ("total_step", json => json.WriteNumberValue(a.TotalSteps));
    }

    private static void WritePattern(Utf8JsonWriter json, IReadOnlyDictionary<string, IReadOnlyList<bool>>? ranks)
    {
        if (ranks is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (path, mask) in ranks)
        {
            json.WritePropertyName($"{path}.lora_E");
            WriteArray(json, mask, json.WriteBooleanValue);
        }

        json.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter json, params (string Name, string Value)[] fields)
    {
        json.WriteStartObject();
        foreach (var (name, value) in fields) json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, IEnumerable<T>? items, Action<T> write)
    {
        if (items is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }
}
