using System.Text.Json;
using SafeTune.Checkpoints;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>The folder of a BitFit run: the changed biases and the head under their Hugging Face names, and a small configuration. Neither peft nor adapter-hub has a layout for it.</summary>
public static class BitFitFolder
{
    private const string ConfigName = "bitfit_config.json", WeightsName = "bitfit_model.safetensors";

    /// <summary>Whether a folder holds BitFit's files.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, ConfigName));

    /// <summary>Writes the biases that have changed, and the head.</summary>
    /// <param name="folder">Created when missing.</param>
    /// <param name="adapters">The biases.</param>
    /// <param name="baseModel">Path or name of the pre-trained model, or null.</param>
    public static void Write(string folder, BitFit adapters, string? baseModel)
    {
        SafeTensors.Write(
            Path.Combine(folder, WeightsName), adapters.Changed.Concat(adapters.Model.HeadWeights).Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
        AtomicFile.WriteAllText(Path.Combine(folder, ConfigName), JsonSerializer.Serialize(new { method = "bitfit", base_model_name_or_path = baseModel }) + "\n");
    }

    /// <summary>Puts saved biases and the saved head in place of the model's.</summary>
    /// <exception cref="UsageException">A file is missing or broken, or does not fit the model.</exception>
    public static BitFit Load(string folder, Transformer model)
    {
        var adapters = BitFit.Inject(model);
        var path = Path.Combine(folder, WeightsName);
        using var file = Checkpoint.Open(path);
        var known = adapters.Biases.Concat(model.HeadWeights).ToDictionary(entry => entry.Path, entry => entry.Weight);
        foreach (var (name, entry) in file.Entries)
        {
            if (!known.TryGetValue(name, out var weight)) throw new UsageException($"{path}: '{name}' is no bias of this model's blocks and no part of its head; is it the right base model?{Nearest.Hint(name, known.Keys)}");
            if (!entry.Shape.AsSpan().SequenceEqual(weight.Shape.ToArray())) throw new UsageException($"{path}: the tensor '{name}' has the shape {entry.ShapeText}, and the model asks for [{string.Join(", ", weight.Shape)}]; is it the right base model?");
            weight.Set(file.Read(name, weight.Value.dtype, weight.Value.device));
        }

        return adapters;
    }

    /// <summary>Outputs of the head saved in a folder; null when there is none.</summary>
    public static int? Labels(string folder)
    {
        using var file = Checkpoint.Open(Path.Combine(folder, WeightsName));
        return HeadLabels.In(file.Entries);
    }

    /// <summary>See <see cref="AdapterFolder.BaseModel"/>.</summary>
    internal static string? BaseModel(string folder) => JsonFile.Read(Path.Combine(folder, ConfigName), json => json.Text("base_model_name_or_path"));

    /// <summary>See <see cref="AdapterFolder.Whole"/>.</summary>
    internal static IReadOnlySet<string> Whole(string folder)
    {
        using var file = Checkpoint.Open(Path.Combine(folder, WeightsName));
        return file.Entries.Keys.ToHashSet();
    }
}
