using System.Globalization;
using SafeTune.Checkpoints;
using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>A LoRA adapter's folder in PEFT's layout: adapter_config.json and adapter_model.safetensors, the trained head included.</summary>
/// <remarks>Keys are <c>base_model.model.&lt;path&gt;.lora_A.weight</c>; the adapter's name ("default") is left out, as peft leaves it out.</remarks>
public static class PeftFolder
{
    /// <summary>The name peft gives the file of weights.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";

    /// <summary>Writes the adapters of a model and its head.</summary>
    /// <param name="folder">Created when missing; the two files in it are replaced, each as a whole.</param>
    /// <param name="model">With LoRA adapters beside its projections.</param>
    /// <param name="options">The adapters' settings.</param>
    /// <param name="baseModel">Path or name of the pre-trained model, for whoever loads the adapter; null = not recorded.</param>
    /// <exception cref="UsageException">A file cannot be written; what was there before is untouched.</exception>
    public static void Write(string folder, Transformer model, LoraOptions options, string? baseModel)
    {
        int[] blocks = [.. Enumerable.Range(0, model.Blocks.Count).Where(i => model.Blocks[i].NamedWeights().Any(entry => IsAdapter(entry.Path)))];
        if (blocks.Length == 0) throw new ArgumentException("The model has no LoRA adapters to write.", nameof(model));
        var config = new PeftConfig(options, blocks.Length == model.Blocks.Count ? null : blocks, HeadModules(model), baseModel);
        // The configuration goes last: a folder that has one is complete.
        SafeTensors.Write(Path.Combine(folder, WeightsName), Saved(model).Select(entry => (Prefix + entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
        AtomicFile.WriteAllText(Path.Combine(folder, PeftConfig.FileName), config.ToJson(ClassOf(model)));
    }

    /// <summary>Puts a saved adapter beside the projections of a model, and the saved head in place of the model's.</summary>
    /// <param name="folder">As peft's save_pretrained, or <see cref="Write"/>, leaves it.</param>
    /// <param name="model">The pre-trained model; its head has the classes that <see cref="Labels"/> says.</param>
    /// <param name="warn">Told of what was ignored.</param>
    /// <returns>The adapters; they and the head can be trained on.</returns>
    /// <exception cref="UsageException">The files are missing, broken or unsupported, or do not fit the model; the sentence says which setting or tensor.</exception>
    public static LoraAdapters Load(string folder, Transformer model, Action<string>? warn = null)
    {
        var config = PeftConfig.Read(folder, warn);
        var path = WeightsPath(folder);
        Check(Path.Combine(folder, PeftConfig.FileName), config, model);
        var adapters = LoraAdapters.Inject(model, config.Lora, config.Blocks);
        using var file = SafeTensorsFile.Open(path);
        var stored = file.Entries.Keys.ToHashSet();
        foreach (var (name, weight) in Saved(model))
        {
            var key = Prefix + name;
            if (stored.Remove(key)) Read(file, path, key, weight);
            else if (IsAdapter(name) || config.ModulesToSave.Count > 0)
                throw new UsageException($"{path} lacks the tensor '{key}', which {PeftConfig.FileName} asks for.{Nearest.Hint(key, stored)}");
        }

        return stored.Count == 0
            ? adapters
            : throw new UsageException($"{path}: {(stored.Count == 1 ? "the tensor" : $"{stored.Count} tensors, such as")} '{stored.Order(StringComparer.Ordinal).First()}' belong to no adapter of {PeftConfig.FileName} in this model; is it the right base model?");
    }

    /// <summary>Outputs of the head saved in an adapter's folder; null when the adapter came without one and the model's own is used.</summary>
    public static int? Labels(string folder)
    {
        using var file = SafeTensorsFile.Open(WeightsPath(folder));
        // The last of these is the layer that gives the logits: BERT's, RoBERTa's, the one for answers.
        string[] names = ["classifier.weight", "classifier.out_proj.weight", "qa_outputs.weight"];
        return names.Select(name => file.Entries.GetValueOrDefault(Prefix + name)).FirstOrDefault(entry => entry is { Shape.Length: 2 }) is { } head ? (int)head.Shape[0] : null;
    }

    /// <summary>peft's line on the number of parameters, to the letter, so that people can compare it across tools.</summary>
    /// <param name="model">With adapters injected, before anything froze; without adapters, nothing is counted twice.</param>
    /// <remarks>peft keeps the untrained original beside a module that is trained whole and counts both, so a trained head counts twice among all parameters.</remarks>
    public static string ParametersLine(Transformer model)
    {
        var trainable = model.NamedWeights().Where(entry => entry.Weight.Trains).Sum(entry => entry.Weight.Elements);
        var hasAdapters = model.NamedWeights().Any(entry => IsAdapter(entry.Path));
        var all = model.NamedWeights().Sum(entry => entry.Weight.Elements) + (hasAdapters ? model.HeadWeights.Where(entry => entry.Weight.Trains).Sum(entry => entry.Weight.Elements) : 0);
        return string.Create(CultureInfo.InvariantCulture, $"trainable params: {trainable:N0} || all params: {all:N0} || trainable%: {100.0 * trainable / all:F4}");
    }

    private static void Check(string path, PeftConfig config, Transformer model)
    {
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

    private static IEnumerable<(string Path, Weight Weight)> Saved(Transformer model) =>
        model.NamedWeights().Where(entry => IsAdapter(entry.Path)).Concat(model.HeadWeights);

    private static bool IsAdapter(string path) => path.EndsWith("lora_A.weight", StringComparison.Ordinal) || path.EndsWith("lora_B.weight", StringComparison.Ordinal);

    private static IReadOnlyList<string> HeadModules(Transformer model) =>
        [.. model.HeadWeights.Select(entry => entry.Path.Split('.')[0]).Distinct()];

    private static (string Class, string Module) ClassOf(Transformer model)
    {
        var config = model.Config;
        return (config.Architectures.First(known => known.Task == model.HeadOptions.Task).Class, $"transformers.models.{config.ModelType}.modeling_{config.ModelType}");
    }

    private static void Read(SafeTensorsFile file, string path, string key, Weight weight)
    {
        var found = file.Entries[key].Shape;
        if (!found.SequenceEqual(weight.Shape))
            throw new UsageException($"{path}: the tensor '{key}' has the shape [{string.Join(", ", found)}], and the model asks for [{string.Join(", ", weight.Shape)}]; is it the right base model?");
        var trains = weight.Trains;
        weight.Set(file.Read(key, TorchSharp.torch.ScalarType.Float32, weight.Value.device));
        weight.Trains = trains;
    }

    private static string WeightsPath(string folder)
    {
        var path = Path.Combine(folder, WeightsName);
        return File.Exists(path) ? path
            : File.Exists(Path.Combine(folder, "adapter_model.bin"))
                ? throw new UsageException($"The folder '{folder}' has adapter_model.bin, a pickle, and no {WeightsName}; save the adapter again with safe_serialization.")
                : throw new UsageException($"The folder '{folder}' has no {WeightsName}; expected an adapter as peft saves it.");
    }
}
