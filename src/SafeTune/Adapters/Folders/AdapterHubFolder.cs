using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>The folder of a Houlsby or Pfeiffer adapter in adapter-hub's layout: adapter_config.json with adapter.safetensors, head_config.json with model_head.safetensors.</summary>
/// <remarks>As adapters 1.3 writes them; its pickles (pytorch_adapter.bin, pytorch_model_head.bin) are read too.</remarks>
public static class AdapterHubFolder
{
    internal const string Version = "adapters.1.3.0";
    private const string ConfigName = "adapter_config.json";
    private static readonly string[] AdapterFiles = ["adapter.safetensors", "pytorch_adapter.bin"];
    internal static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Whether a folder's adapter_config.json is adapter-hub's: it has no <c>peft_type</c>, and its settings lie under <c>config</c>.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, ConfigName))
        && JsonFile.Read(Path.Combine(folder, ConfigName), json => json.Get("peft_type") is null && json.Get("config") is { ValueKind: JsonValueKind.Object });

    /// <summary>Writes the bottlenecks of a model and its head.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="adapters">The bottlenecks.</param>
    /// <param name="baseModel">Path or name of the pre-trained model, or null.</param>
    /// <exception cref="UsageException">A file cannot be written; what was there before is untouched.</exception>
    public static void Write(string folder, Bottlenecks adapters, string? baseModel)
    {
        var model = adapters.Model;
        SafeTensors.Write(Path.Combine(folder, AdapterFiles[0]), Own(model, adapters.Settings).Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
        if (model.HeadWeights.Any()) AdapterHubHead.Write(folder, model, baseModel);

        // The configuration goes last: a folder that has one is complete.
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigName), Config(adapters, baseModel).ToJsonString(Indented));
    }

    /// <summary>Puts saved bottlenecks into a model, and the saved head, where there is one, in place of the model's.</summary>
    /// <param name="folder">As adapter-hub's save_adapter, or <see cref="Write"/>, leaves it.</param>
    /// <param name="model">The pre-trained model.</param>
    /// <exception cref="UsageException">The files are missing, broken or ask for something that is not supported, or do not fit the model.</exception>
    public static Bottlenecks Load(string folder, Transformer model)
    {
        var path = Path.Combine(folder, ConfigName);
        var (options, blocks) = JsonFile.Read(path, json => Options(path, json, model.Blocks.Count));
        var adapters = Bottlenecks.Inject(model, options, blocks);
        Fill(Find(folder, AdapterFiles) ?? throw new UsageException($"The folder '{folder}' has no {string.Join(" and no ", AdapterFiles)}; expected an adapter as adapter-hub saves it."), Own(model, options));
        if (AdapterHubHead.File(folder) is { } head) Fill(head, model.HeadWeights);
        return adapters;
    }

    /// <summary>Outputs of the head saved in a folder; null when there is none.</summary>
    /// <exception cref="UsageException">The head is of a kind that cannot be read.</exception>
    public static int? Labels(string folder) => AdapterHubHead.Labels(folder);

    /// <summary>See <see cref="AdapterFolder.BaseModel"/>.</summary>
    internal static string? BaseModel(string folder) => JsonFile.Read(Path.Combine(folder, ConfigName), json => json.Text("model_name")) is { Length: > 0 } name ? name : null;

    private static IEnumerable<(string Path, Weight Weight)> Own(Transformer model, BottleneckOptions options) =>
        model.NamedWeights().Where(entry => entry.Path.Contains($".adapters.{options.Name}.", StringComparison.Ordinal));

    internal static string? Find(string folder, string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static void Fill(string path, IEnumerable<(string Path, Weight Weight)> weights)
    {
        using var file = Checkpoint.Open(path);
        var stored = file.Entries.Keys.ToHashSet();
        foreach (var (name, weight) in weights)
        {
            if (!stored.Remove(name)) throw new UsageException($"{path} lacks the tensor '{name}'; is it the right base model?{Nearest.Hint(name, stored)}");
            var found = file.Entries[name].Shape;
            if (!found.AsSpan().SequenceEqual(weight.Shape.ToArray()))
                throw new UsageException($"{path}: the tensor '{name}' has the shape [{string.Join(", ", found)}], and the model asks for [{string.Join(", ", weight.Shape)}]; is it the right base model?");
            weight.Set(file.Read(name, ScalarType.Float32, weight.IsLoaded ? weight.Value.device : null));
        }

        if (stored.Count > 0) throw new UsageException($"{path}: '{stored.Order(StringComparer.Ordinal).First()}' belongs to no adapter of {ConfigName} in this model; is it the right base model?");
    }

    // What bottleneck the settings describe; everything that it does not do must be off.
    private static (BottleneckOptions Options, IReadOnlyCollection<int>? Blocks) Options(string path, JsonElement root, int blocks)
    {
        var config = root.Get("config") ?? throw new UsageException($"{path} has no 'config'; expected an adapter as adapter-hub saves it.");
        UsageException Unknown(string key) => new($"{path}: '{key}' is {config.Get(key)?.GetRawText() ?? "missing"}, which is not supported; only Houlsby's and Pfeiffer's bottlenecks can be read.");
        void Require(string key, bool value)
        {
            if ((config.Flag(key) ?? false) != value) throw Unknown(key);
        }

        foreach (var key in new[] { "adapter_residual_before_ln", "cross_adapter", "is_parallel", "ln_after", "ln_before", "phm_layer", "use_gating" }) Require(key, value: false);
        foreach (var key in new[] { "output_adapter", "original_ln_after", "residual_before_ln" }) Require(key, value: true);
        if (config.Get("inv_adapter") is not null) throw Unknown("inv_adapter");
        if (config.Get("scaling") is { } scaling && !(scaling.ValueKind == JsonValueKind.Number && scaling.GetDouble() == 1)) throw Unknown("scaling");
        foreach (var key in new[] { "dropout", "stochastic_depth" })
            if (config.Get(key) is { } share && !(share.ValueKind == JsonValueKind.Number && share.GetDouble() == 0)) throw Unknown(key);
        var isHoulsby = config.Flag("mh_adapter") ?? false;
        if ((config.Flag("original_ln_before") ?? false) == isHoulsby) throw Unknown("original_ln_before");
        if (config.Get("reduction_factor") is not { ValueKind: JsonValueKind.Number } reduction) throw Unknown("reduction_factor");
        var left = config.Get("leave_out") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Select(item => item.TryGetInt32(out var block) ? block : throw Unknown("leave_out")).ToArray() : [];
        var options = new BottleneckOptions(isHoulsby ? BottleneckKind.Houlsby : BottleneckKind.Pfeiffer, reduction.GetDouble(), config.Text("non_linearity"), root.Text("name") ?? throw new UsageException($"{path} has no 'name', which its tensors are called by."));
        return (options, left.Length == 0 ? null : [.. Enumerable.Range(0, blocks).Except(left)]);
    }

    private static JsonObject Config(Bottlenecks adapters, string? baseModel)
    {
        var options = adapters.Settings;
        var isHoulsby = options.Kind == BottleneckKind.Houlsby;
        int[] left = [.. Enumerable.Range(0, adapters.Model.Blocks.Count).Where(block => !adapters.HasUnit(block))];
        var settings = new JsonObject
        {
            ["adapter_residual_before_ln"] = false, ["cross_adapter"] = false, ["dropout"] = PythonNumber.Node(0), ["factorized_phm_W"] = true, ["factorized_phm_rule"] = false,
            ["hypercomplex_nonlinearity"] = "glorot-uniform", ["init_weights"] = "bert", ["init_weights_seed"] = null, ["inv_adapter"] = null, ["inv_adapter_reduction_factor"] = null,
            ["is_parallel"] = false, ["learn_phm"] = true, ["leave_out"] = new JsonArray([.. left.Select(block => (JsonNode)block)]), ["ln_after"] = false, ["ln_before"] = false,
            ["mh_adapter"] = isHoulsby, ["non_linearity"] = options.NonLinearity, ["original_ln_after"] = true, ["original_ln_before"] = !isHoulsby, ["output_adapter"] = true,
            ["phm_bias"] = true, ["phm_c_init"] = "normal", ["phm_dim"] = 4, ["phm_init_range"] = PythonNumber.Node(0.0001), ["phm_layer"] = false, ["phm_rank"] = 1,
            ["reduction_factor"] = JsonNode.Parse(PythonNumber.Number(options.Reduction)), ["residual_before_ln"] = true, ["scaling"] = PythonNumber.Node(1),
            ["shared_W_phm"] = false, ["shared_phm_rule"] = true, ["stochastic_depth"] = PythonNumber.Node(0), ["use_gating"] = false,
        };
        return new JsonObject
        {
            ["config"] = settings, ["hidden_size"] = adapters.Model.Config.Width, ["model_class"] = Class(adapters.Model), ["model_name"] = baseModel ?? "", ["model_type"] = adapters.Model.Config.ModelType,
            ["name"] = options.Name, ["version"] = Version,
        };
    }

    internal static string Class(Transformer model) => model.Config.Architectures.First(known => known.Task == model.HeadOptions.Task).Class;
}
