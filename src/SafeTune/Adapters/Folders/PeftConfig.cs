using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SafeTune.Adapters;

/// <summary>What peft's adapter_config.json says of a LoRA or AdaLoRA adapter, as far as it decides what the adapter computes.</summary>
/// <param name="Adapter">Rank, alpha, dropout, target modules and so on: <see cref="LoraOptions"/> or <see cref="AdaLoraOptions"/>.</param>
/// <param name="Blocks">Indices of the blocks that have adapters (<c>layers_to_transform</c>); null = all.</param>
/// <param name="ModulesToSave">Modules saved whole beside the adapters, e.g. the classifier.</param>
/// <param name="BaseModel">Path or name of the pre-trained model (<c>base_model_name_or_path</c>), or null.</param>
public sealed record PeftConfig(AdapterOptions Adapter, IReadOnlyList<int>? Blocks, IReadOnlyList<string> ModulesToSave, string? BaseModel)
{
    /// <summary>Whether the adapted layers store their weight as [in, out], as GPT-2's do.</summary>
    public bool FanInFanOut { get; init; }

    /// <summary>Ranks left in AdaLoRA's adapters after cutting, by the path of their diagonal; null = all have the initial rank.</summary>
    public IReadOnlyDictionary<string, int>? RankPattern { get; init; }

    /// <summary>The name peft gives the file.</summary>
    public const string FileName = "adapter_config.json";

    // The layout is that of this version of peft: its fields, their order and their defaults.
    private const string PeftVersion = "0.21.2";

    // Settings that change what an adapter computes and that nothing here implements: only the values that switch them off are accepted.
    private static readonly string[] MustBeOff =
    [
        "alora_invocation_tokens", "alpha_pattern", "arrow_config", "exclude_modules", "kasa_config", "layer_replication", "lora_bias",
        "monteclora_config", "target_parameters", "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora", "use_rslora", "velora_config",
    ];

    // Settings that are read, or that matter only while an adapter is made (initialisation, sharding, provenance).
    private static readonly string[] Known =
    [
        .. MustBeOff, "fan_in_fan_out", "auto_mapping", "base_model_name_or_path", "bias", "corda_config", "ensure_weight_tying", "eva_config", "inference_mode", "init_lora_weights",
        "layers_pattern", "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_config", "megatron_core", "modules_to_save",
        "peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision", "runtime_config", "target_modules", "task_type",
        "beta1", "beta2", "deltaT", "init_r", "orth_reg_weight", "target_r", "tfinal", "tinit", "total_step",
    ];

    // Initialisations that leave the pre-trained weights as they are; the others (pissa, olora, corda, loftq, …) change them.
    private static readonly string[] HarmlessInitialisations = ["gaussian", "eva", "orthogonal"];

    /// <summary>Reads adapter_config.json of an adapter's folder.</summary>
    /// <param name="folder">As peft's save_pretrained writes it.</param>
    /// <param name="warn">Told once for each key that is not known, and ignored.</param>
    /// <exception cref="UsageException">The file is missing or broken, is not of a LoRA, or asks for something that is not supported, which the sentence names.</exception>
    public static PeftConfig Read(string folder, Action<string>? warn = null)
    {
        var path = Path.Combine(folder, FileName);
        if (!Directory.Exists(folder)) throw new UsageException($"The adapter folder '{folder}' does not exist.");
        if (!File.Exists(path)) throw new UsageException($"The folder '{folder}' has no {FileName}; expected an adapter as peft saves it.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return Of(path, document.RootElement, warn ?? (_ => { }));
        }
        catch (JsonException error)
        {
            throw new UsageException($"{path}, line {error.LineNumber + 1}: not valid JSON; save the adapter again.", error);
        }
    }

    /// <summary>The file's text: peft's fields, sorted, two spaces of indentation.</summary>
    /// <param name="modelClass">Hugging Face's class of the model and its Python module, under <c>auto_mapping</c>; null = leave it out.</param>
    public string ToJson((string Class, string Module)? modelClass = null)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (name, write) in Fields(modelClass).OrderBy(field => field.Name, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                write(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()).ReplaceLineEndings("\n");
    }

    private IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> Fields((string Class, string Module)? modelClass)
    {
        string[] none =
        [
            "alora_invocation_tokens", "arrow_config", "corda_config", "eva_config", "exclude_modules", "kasa_config", "layer_replication", "layers_pattern", "lora_ga_config",
            "megatron_config", "monteclora_config", "revision", "target_parameters", "task_type", "trainable_token_indices", "use_bdlora", "velora_config",
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
            if (modelClass is { } known) WriteObject(json, ("base_model_class", known.Class), ("parent_library", known.Module));
            else json.WriteNullValue();
        });
        yield return ("base_model_name_or_path", json => json.WriteStringValue(BaseModel));
        yield return ("fan_in_fan_out", json => json.WriteBooleanValue(FanInFanOut));
        yield return ("bias", json => json.WriteStringValue("none"));
        yield return ("layers_to_transform", json => WriteArray(json, Blocks, json.WriteNumberValue));
        var (alpha, dropout, targets) = Adapter is AdaLoraOptions a ? (a.Alpha, a.Dropout, a.TargetModules) : Adapter is LoraOptions l ? (l.Alpha, l.Dropout, l.TargetModules) : throw new InvalidOperationException($"peft has no type for '{Adapter.Method}'.");
        yield return ("lora_alpha", json => WriteNumber(json, alpha, wholeAsInteger: true));
        yield return ("lora_dropout", json => WriteNumber(json, dropout, wholeAsInteger: false));
        yield return ("megatron_core", json => json.WriteStringValue("megatron.core"));
        yield return ("modules_to_save", json => WriteArray(json, ModulesToSave.Count == 0 ? null : ModulesToSave, json.WriteStringValue));
        yield return ("peft_type", json => json.WriteStringValue(Adapter is AdaLoraOptions ? "ADALORA" : "LORA"));
        yield return ("peft_version", json => json.WriteStringValue(PeftVersion));
        yield return ("qalora_group_size", json => json.WriteNumberValue(16));
        yield return ("target_modules", json => WriteArray(json, targets, json.WriteStringValue));
        foreach (var field in Adapter is AdaLoraOptions adaptive ? AdaptiveFields(adaptive) : [("r", json => json.WriteNumberValue(((LoraOptions)Adapter).Rank)), ("rank_pattern", json => WriteObject(json))]) yield return field;
    }

    private static IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> AdaptiveFields(AdaLoraOptions a)
    {
        yield return ("beta1", json => WriteNumber(json, a.Beta1, wholeAsInteger: false));
        yield return ("beta2", json => WriteNumber(json, a.Beta2, wholeAsInteger: false));
        yield return ("deltaT", json => json.WriteNumberValue(a.Interval));
        yield return ("init_r", json => json.WriteNumberValue(a.InitialRank));
        yield return ("orth_reg_weight", json => WriteNumber(json, a.OrthogonalWeight, wholeAsInteger: false));
        // LoRA's rank, which AdaLoRA does not read: peft's default.
        yield return ("r", json => json.WriteNumberValue(8));
        yield return ("rank_pattern", json => json.WriteNullValue());
        yield return ("target_r", json => json.WriteNumberValue(a.TargetRank));
        yield return ("tfinal", json => json.WriteNumberValue(a.FinalSteps));
        yield return ("tinit", json => json.WriteNumberValue(a.InitialSteps));
        yield return ("total_step", json => json.WriteNumberValue(a.TotalSteps));
    }

    private static PeftConfig Of(string path, JsonElement root, Action<string> warn)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new UsageException($"{path}: expected a JSON object.");
        // adapter-hub calls its file the same, with other keys.
        if (!root.TryGetProperty("peft_type", out var type))
            throw new UsageException($"{path} has no 'peft_type', so it was not saved by peft; expected peft's LoRA or AdaLoRA.");
        if (type.ToString() is not ("LORA" or "ADALORA")) throw new UsageException($"{path}: peft_type is '{type}', and only 'LORA' and 'ADALORA' can be read.");
        foreach (var name in MustBeOff)
        {
            if (root.TryGetProperty(name, out var value) && !IsOff(value))
                throw new UsageException($"{path}: '{name}' is {Short(value)}, which is not supported; only adapters without it can be read.");
        }

        if (Text(path, root, "bias") is { } bias and not "none") throw new UsageException($"{path}: 'bias' is '{bias}', which is not supported; expected 'none'.");
        if (root.TryGetProperty("init_lora_weights", out var start) && start.ValueKind == JsonValueKind.String && !HarmlessInitialisations.Contains(start.GetString()))
            throw new UsageException($"{path}: 'init_lora_weights' is '{start}', which changes the pre-trained weights and is not supported; convert the adapter to a plain LoRA.");
        if (root.TryGetProperty("layers_pattern", out var pattern) && !IsOff(pattern) && Short(pattern) is not ("layer" or "[\"layer\"]"))
            throw new UsageException($"{path}: 'layers_pattern' is {Short(pattern)}, which is not supported; expected null or 'layer'.");
        foreach (var name in root.EnumerateObject().Select(field => field.Name).Where(name => !Known.Contains(name)))
            warn($"{path}: the key '{name}' is not known and was ignored.");

        // Missing keys have peft's defaults.
        int Whole(string name, int otherwise) => (int)(Number(path, root, name) ?? otherwise);
        var (alpha, dropout, targets) = (Number(path, root, "lora_alpha") ?? 8, Number(path, root, "lora_dropout") ?? 0, Strings(path, root, "target_modules"));
        var isAdaptive = type.ToString() == "ADALORA";
        AdapterOptions adapter = isAdaptive
            ? new AdaLoraOptions(
                Whole("init_r", 12), Math.Min(Whole("target_r", 8), Whole("init_r", 12)), alpha, dropout, targets, Whole("tinit", 0), Whole("tfinal", 0), Whole("deltaT", 1), Whole("total_step", 0),
                Number(path, root, "beta1") ?? 0.85, Number(path, root, "beta2") ?? 0.85, Number(path, root, "orth_reg_weight") ?? 0.5)
            : new LoraOptions(Whole("r", 8), alpha, dropout, targets);
        adapter.Check();
        if (!isAdaptive && root.TryGetProperty("rank_pattern", out var ranks) && !IsOff(ranks)) throw new UsageException($"{path}: 'rank_pattern' is {Short(ranks)}, which is not supported; only adapters without it can be read.");
        return new PeftConfig(adapter, Integers(path, root, "layers_to_transform"), Strings(path, root, "modules_to_save") ?? [], Text(path, root, "base_model_name_or_path"))
        {
            FanInFanOut = Get(root, "fan_in_fan_out") switch
            {
                null or { ValueKind: JsonValueKind.False } => false,
                { ValueKind: JsonValueKind.True } => true,
                { } value => throw Wrong(path, "fan_in_fan_out", "true or false", value),
            },
            RankPattern = isAdaptive ? Pattern(path, root) : null,
        };
    }

    // A list of true and false for each adapter: the ranks that stayed.
    private static Dictionary<string, int>? Pattern(string path, JsonElement root) => Get(root, "rank_pattern") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value when value.EnumerateObject().All(entry => entry.Value.ValueKind == JsonValueKind.Array) =>
            value.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.EnumerateArray().Count(stays => stays.ValueKind == JsonValueKind.True)),
        { } value => throw Wrong(path, "rank_pattern", "lists of true and false", value),
    };

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static string Short(JsonElement value) => value.ToString() is { Length: > 60 } text ? text[..60] + "…" : value.ToString().ToLowerInvariant();

    private static JsonElement? Get(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static double? Number(string path, JsonElement root, string name) => Get(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value => value.GetDouble(),
        { } value => throw Wrong(path, name, "a number", value),
    };

    private static string? Text(string path, JsonElement root, string name) => Get(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Wrong(path, name, "a string", value),
    };

    private static IReadOnlyList<string>? Strings(string path, JsonElement root, string name) => Get(root, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. value.EnumerateArray().Select(item => item.GetString()!)],
        { } value => throw Wrong(path, name, "a list of module names (patterns are not supported)", value),
    };

    private static IReadOnlyList<int>? Integers(string path, JsonElement root, string name)
    {
        // peft takes an empty list for all blocks.
        if (Get(root, name) is not { } value || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0)) return null;
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return items.All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. items.Select(item => item.GetInt32())]
            : throw Wrong(path, name, "block numbers", value);
    }

    private static UsageException Wrong(string path, string name, string expected, JsonElement found) =>
        new($"{path}: '{name}' is {Short(found)}; expected {expected}.");

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

    // Python writes a whole float as 0.0 and an integer as 0; readers that check types care.
    private static void WriteNumber(Utf8JsonWriter json, double value, bool wholeAsInteger) =>
        json.WriteRawValue(value.ToString(double.IsInteger(value) ? (wholeAsInteger ? "0" : "0.0") : "R", CultureInfo.InvariantCulture));
}
