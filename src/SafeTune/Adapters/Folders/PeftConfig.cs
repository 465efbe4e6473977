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

    /// <summary>Which of the initial ranks AdaLoRA's adapters still have, by the path of their projection; null = all have all.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<bool>>? RankPattern { get; init; }

    /// <summary>peft's name for what the adapter was trained for, one of <see cref="TaskTypes"/>, or null.</summary>
    public string? TaskType { get; init; }

    /// <summary>The task types that can be read. The others' models have heads that are not built here.</summary>
    public static IReadOnlyList<string> TaskTypes { get; } = ["SEQ_CLS", "QUESTION_ANS", "CAUSAL_LM", "FEATURE_EXTRACTION"];

    /// <summary>What peft takes for every linear layer but the head, under <c>target_modules</c>.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>The name peft gives the file.</summary>
    public const string FileName = "adapter_config.json";

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
    /// <param name="modelClass">Hugging Face's class of the model and its Python module, for <c>auto_mapping</c>, which peft writes where there is no task type; null = leave it out.</param>
    public string ToJson((string Class, string Module)? modelClass = null) => PeftConfigText.Of(this, modelClass);

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
        var targets = Get(root, "target_modules") is { ValueKind: JsonValueKind.String } all && all.GetString() == AllLinear ? [AllLinear] : Strings(path, root, "target_modules");
        var (alpha, dropout) = (Number(path, root, "lora_alpha") ?? 8, Number(path, root, "lora_dropout") ?? 0);
        var isAdaptive = type.ToString() == "ADALORA";
        AdapterOptions adapter = isAdaptive
            ? new AdaLoraOptions(
                Whole("init_r", 12), Math.Min(Whole("target_r", 8), Whole("init_r", 12)), alpha, dropout, targets, Whole("tinit", 0), Whole("tfinal", 0), Whole("deltaT", 1), Whole("total_step", 0),
                Number(path, root, "beta1") ?? 0.85, Number(path, root, "beta2") ?? 0.85, Number(path, root, "orth_reg_weight") ?? 0.5)
            : new LoraOptions(Whole("r", 8), alpha, dropout, targets);
        adapter.Check();
        // peft's AdaLoRA takes an alpha of 0 and below for the rank.
        if (isAdaptive && !(alpha > 0)) throw new UsageException($"{path}: 'lora_alpha' is {alpha}; expected a number above 0.");
        if (Text(path, root, "task_type") is { } task && !TaskTypes.Contains(task))
            throw new UsageException($"{path}: 'task_type' is '{task}', which is not supported; expected null or one of {string.Join(", ", TaskTypes)}.");
        if (!isAdaptive && root.TryGetProperty("rank_pattern", out var ranks) && !IsOff(ranks)) throw new UsageException($"{path}: 'rank_pattern' is {Short(ranks)}, which is not supported; only adapters without it can be read.");
        return new PeftConfig(adapter, Integers(path, root, "layers_to_transform"), Strings(path, root, "modules_to_save") ?? [], Text(path, root, "base_model_name_or_path"))
        {
            FanInFanOut = Get(root, "fan_in_fan_out") switch
            {
                null or { ValueKind: JsonValueKind.False } => false,
                { ValueKind: JsonValueKind.True } => true,
                { } value => throw Wrong(path, "fan_in_fan_out", "true or false", value),
            },
            RankPattern = isAdaptive ? Pattern(path, root, Whole("init_r", 12)) : null,
            TaskType = Text(path, root, "task_type"),
        };
    }

    // A list of true and false for each adapter, by the path of its diagonal: the initial ranks that stayed.
    private static Dictionary<string, IReadOnlyList<bool>>? Pattern(string path, JsonElement root, int initial) => Get(root, "rank_pattern") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value when value.EnumerateObject().All(entry => IsMask(entry.Value, initial)) =>
            value.EnumerateObject().ToDictionary(entry => Projection(entry.Name), entry => (IReadOnlyList<bool>)[.. entry.Value.EnumerateArray().Select(stays => stays.GetBoolean())]),
        { } value => throw Wrong(path, "rank_pattern", $"a list of {initial} times true or false (init_r) for each layer", value),
    };

    private static bool IsMask(JsonElement value, int initial) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == initial && value.EnumerateArray().All(stays => stays.ValueKind is JsonValueKind.True or JsonValueKind.False);

    // The adapter's own name may follow the diagonal's.
    private static string Projection(string name)
    {
        var end = name.IndexOf(".lora_E", StringComparison.Ordinal);
        return (end < 0 ? name : name[..end]).Replace("base_model.model.", "", StringComparison.Ordinal);
    }

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
        { } value => throw Wrong(path, name, "a list of module names or 'all-linear' (patterns are not supported)", value),
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
}
