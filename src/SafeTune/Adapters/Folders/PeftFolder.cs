using System.Globalization;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>The folder of a LoRA or AdaLoRA adapter in PEFT's layout: adapter_config.json and adapter_model.safetensors, the trained head included.</summary>
/// <remarks>Keys are <c>base_model.model.&lt;path&gt;.lora_A.weight</c>; the adapter's name ("default") is left out, as peft leaves it out.</remarks>
public static class PeftFolder
{
    /// <summary>The name peft gives the file of weights.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";

    // LoRA's matrices and AdaLoRA's.
    private static readonly string[] Names = [".lora_A.weight", ".lora_B.weight", ".lora_A", ".lora_B", ".lora_E"];

    /// <summary>Writes the adapters of a model and its head.</summary>
    /// <param name="folder">Created when missing; the two files in it are replaced, each as a whole.</param>
    /// <param name="adapters">The adapters. Those of slices are written as adapters of the whole projection, which compute the same: peft knows no slices.</param>
    /// <param name="baseModel">Path or name of the pre-trained model, for whoever loads the adapter; null = not recorded.</param>
    /// <exception cref="UsageException">A file cannot be written; what was there before is untouched.</exception>
    public static void Write(string folder, AdapterSet adapters, string? baseModel)
    {
        var model = adapters.Model;
        int[] blocks = [.. Enumerable.Range(0, model.Blocks.Count).Where(adapters.HasUnit)];
        // Where a number does not tell a block, every adapted projection is named by its whole path.
        string[]? paths = blocks.Length == model.Blocks.Count || model.Config.NumbersItsBlocks ? null : [.. model.Named<Projection>().Where(entry => entry.Component.Adapter is not null).Select(entry => entry.Path)];
        var projections = model.Blocks.SelectMany(block => block.Named<Projection>()).Select(entry => entry.Component).Where(projection => projection.Adapter is not null).ToArray();
        var kept = (adapters as AdaLoraAdapters)?.Kept;
        var config = new PeftConfig(Settings(adapters, projections, paths), blocks.Length == model.Blocks.Count || paths is not null ? null : blocks, HeadModules(model), baseModel)
        {
            FanInFanOut = projections.Any(projection => projection.IsInputFirst),
            RankPattern = kept is { Count: > 0 } ? kept : null,
            TaskType = TypeOf(model),
        };
        using var scope = TorchSharp.torch.NewDisposeScope();
        // The configuration goes last: a folder that has one is complete.
        SafeTensors.Write(Path.Combine(folder, WeightsName), Tensors(model).Select(entry => (Prefix + entry.Path, entry.Value)), SafeTensors.TorchMetadata);
        AtomicFile.WriteAllText(Path.Combine(folder, PeftConfig.FileName), config.ToJson(ClassOf(model)));
    }

    /// <summary>Puts a saved adapter beside the projections of a model, and the saved head in place of the model's.</summary>
    /// <param name="folder">As peft's save_pretrained, or <see cref="Write"/>, leaves it.</param>
    /// <param name="model">The pre-trained model; its head has the classes that <see cref="Labels"/> says.</param>
    /// <param name="warn">Told of what was ignored.</param>
    /// <returns>The adapters; they and the head can be trained on.</returns>
    /// <exception cref="UsageException">The files are missing, broken or unsupported, or do not fit the model; the sentence says which setting or tensor.</exception>
    public static AdapterSet Load(string folder, Transformer model, Action<string>? warn = null)
    {
        var config = PeftConfig.Read(folder, warn);
        var path = WeightsPath(folder);
        Check(Path.Combine(folder, PeftConfig.FileName), config, model);
        AdapterSet adapters = config.Adapter is AdaLoraOptions adaLora
            ? AdaLoraAdapters.Inject(model, adaLora with { TargetModules = PeftModules.Targets(model, adaLora.TargetModules) }, config.Blocks, config.RankPattern)
            : LoraAdapters.Inject(model, (LoraOptions)config.Adapter with { TargetModules = PeftModules.Targets(model, ((LoraOptions)config.Adapter).TargetModules) }, config.Blocks);
        CheckLayout(Path.Combine(folder, PeftConfig.FileName), config, model);
        using var file = Checkpoint.Open(path);
        var stored = file.Entries.Keys.ToHashSet();
        foreach (var (name, weight) in Saved(model))
        {
            var key = Prefix + name;
            if (stored.Remove(key)) Read(file, path, key, weight);
            else if (IsAdapter(name) || config.ModulesToSave.Count > 0)
                throw new UsageException($"{path} lacks the tensor '{key}', which {PeftConfig.FileName} asks for.{Nearest.Hint(key, stored)}");
        }

        return stored.Order(StringComparer.Ordinal).FirstOrDefault() is not { } first
            ? adapters
            : throw new UsageException($"{path}: {(stored.Count == 1 ? "the tensor" : $"{stored.Count} tensors, such as")} '{first}' {PeftModules.Reason(first[(first.StartsWith(Prefix, StringComparison.Ordinal) ? Prefix.Length : 0)..], config.ModulesToSave, model)}");
    }

    /// <summary>Outputs of the head saved in an adapter's folder; null when the adapter came without one and the model's own is used.</summary>
    public static int? Labels(string folder)
    {
        using var file = Checkpoint.Open(WeightsPath(folder));
        return HeadLabels.In(file.Entries, Prefix);
    }

    /// <summary>What the adapter was trained for; null where its configuration does not say it.</summary>
    public static TaskKind? Task(string folder) => PeftConfig.Read(folder).TaskType switch
    {
        "SEQ_CLS" => TaskKind.Classification,
        "QUESTION_ANS" => TaskKind.QuestionAnswering,
        "CAUSAL_LM" => TaskKind.LanguageModelling,
        _ => null,
    };

    /// <summary>See <see cref="AdapterFolder.Whole"/>.</summary>
    internal static IReadOnlySet<string> Whole(string folder)
    {
        using var file = Checkpoint.Open(WeightsPath(folder));
        return file.Entries.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal) && !IsAdapter(key)).Select(key => key[Prefix.Length..]).ToHashSet();
    }

    /// <summary>peft's line on the number of parameters, to the letter, so that people can compare it across tools.</summary>
    /// <param name="model">With adapters injected, before anything froze; without adapters, nothing is counted twice.</param>
    /// <remarks>peft keeps the untrained original beside a module that is trained whole and counts both, so a trained head counts twice among all parameters.</remarks>
    public static string ParametersLine(Transformer model)
    {
        var trainable = model.NamedWeights().Where(entry => entry.Weight.Trains).Sum(entry => entry.Weight.Elements);
        var hasAdapters = model.NamedWeights().Any(entry => entry.Path.Contains(".lora_", StringComparison.Ordinal));
        var all = model.NamedWeights().Sum(entry => entry.Weight.Elements) + (hasAdapters ? model.HeadWeights.Where(entry => entry.Weight.Trains).Sum(entry => entry.Weight.Elements) : 0);
        return string.Create(CultureInfo.InvariantCulture, $"trainable params: {trainable:N0} || all params: {all:N0} || trainable%: {100.0 * trainable / all:F4}");
    }

    private static void Check(string path, PeftConfig config, Transformer model)
    {
        if (config.Blocks is not null && !model.Config.NumbersItsBlocks)
            throw new UsageException($"{path}: 'layers_to_transform' names blocks by one number, and a {model.Config.ModelType} model has stages; name the projections by their whole paths in 'target_modules'.");
        foreach (var block in config.Blocks ?? [])
        {
            if (block < 0 || block >= model.Blocks.Count)
                throw new UsageException($"{path}: 'layers_to_transform' names block {block}, and the model has blocks 0 to {model.Blocks.Count - 1}.");
        }

        // peft lists the names that a head may have, e.g. classifier and score; one of them is this model's.
        var heads = HeadModules(model);
        if (config.ModulesToSave.Count > 0 && !config.ModulesToSave.Any(heads.Contains))
            throw new UsageException($"{path}: 'modules_to_save' is {string.Join(", ", config.ModulesToSave)}, and only the model's head ({string.Join(", ", heads)}) can be saved whole.");
    }

    // peft reads the base weights by this setting; another value than the layers' own is another model's.
    private static void CheckLayout(string path, PeftConfig config, Transformer model)
    {
        var adapted = model.Blocks.SelectMany(block => block.Named<Projection>()).First(entry => entry.Component.Adapter is not null);
        if (config.FanInFanOut && !adapted.Component.IsInputFirst)
            throw new UsageException($"{path}: 'fan_in_fan_out' is true, and '{adapted.Path}' of this model stores its weight as [out, in]; is it the right base model?");
    }

    // The adapters' and the head's tensors under peft's names; what had to be made is in the caller's scope.
    private static IEnumerable<(string Path, TorchSharp.torch.Tensor Value)> Tensors(Transformer model)
    {
        foreach (var (path, projection) in model.Named<Projection>().Where(entry => entry.Component.Adapter is SlicedLora))
        {
            var (a, b) = ((SlicedLora)projection.Adapter!).Whole();
            yield return ($"{path}.lora_A.weight", a);
            yield return ($"{path}.lora_B.weight", b);
        }

        foreach (var (path, weight) in Saved(model)) yield return (path, weight.Value);
    }

    private static AdapterOptions Settings(AdapterSet adapters, Projection[] adapted, string[]? paths)
    {
        if (adapters.Settings is AdaLoraOptions adaptive) return adaptive with { TargetModules = paths ?? adaptive.TargetModules };
        var whole = Whole((LoraOptions)adapters.Settings, adapted);
        return whole with { TargetModules = paths ?? whole.TargetModules };
    }

    private static LoraOptions Whole(LoraOptions options, Projection[] adapted)
    {
        if (adapted.Select(projection => projection.Adapter).OfType<SlicedLora>().FirstOrDefault() is not { } sliced) return options;
        if (adapted.Any(projection => projection.Adapter is not SlicedLora)) throw new UsageException("Adapters of slices and of whole projections together cannot be written for peft; adapt one kind.");
        string[] targets = [.. options.TargetModules!.Select(name => name[..name.LastIndexOf('.')]).Distinct()];
        return options with { Rank = options.Rank * sliced.Count, Alpha = options.Alpha * sliced.Count, TargetModules = targets };
    }

    private static IEnumerable<(string Path, Weight Weight)> Saved(Transformer model) =>
        model.NamedWeights().Where(entry => IsAdapter(entry.Path)).Concat(model.HeadWeights);

    private static bool IsAdapter(string path) => Names.Any(name => path.EndsWith(name, StringComparison.Ordinal));

    // A pooler that trains with the head lies under the model's prefix.
    internal static IReadOnlyList<string> HeadModules(Transformer model) =>
        [.. model.HeadWeights.Select(entry => entry.Path.Split('.')).Select(parts => parts[0] == model.Config.Prefix ? parts[1] : parts[0]).Distinct()];

    // peft has no type for masked tokens, and its classes for sequences take no pixels.
    private static string? TypeOf(Transformer model) => model.HeadOptions.Task switch
    {
        TaskKind.Classification or TaskKind.Regression when model.Config.MaxTokens is not null => "SEQ_CLS",
        TaskKind.QuestionAnswering => "QUESTION_ANS",
        TaskKind.LanguageModelling => "CAUSAL_LM",
        _ => null,
    };

    private static (string Class, string Module) ClassOf(Transformer model)
    {
        var config = model.Config;
        return (config.Architectures.First(known => known.Task == model.HeadOptions.Task).Class, $"transformers.models.{config.ModelType}.modeling_{config.ModelType}");
    }

    private static void Read(ITensorFile file, string path, string key, Weight weight)
    {
        var found = file.Entries[key].Shape;
        if (!found.SequenceEqual(weight.Shape))
            throw new UsageException($"{path}: the tensor '{key}' has the shape [{string.Join(", ", found)}], and the model asks for [{string.Join(", ", weight.Shape)}]; is it the right base model?");
        weight.Set(file.Read(key, TorchSharp.torch.ScalarType.Float32, weight.IsLoaded ? weight.Value.device : null));
    }

    private static string WeightsPath(string folder)
    {
        string[] names = [WeightsName, "adapter_model.bin"];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new UsageException($"The folder '{folder}' has no {WeightsName} (nor adapter_model.bin); expected an adapter as peft saves it.");
    }
}
