using SafeTune.Checkpoints;
using static TorchSharp.torch;

namespace SafeTune.Adapters;

/// <summary>A part of a file of tensors: a block, or what lies outside the blocks.</summary>
/// <param name="Name">Path of the block, or the first part of the names.</param>
/// <param name="Tensors">How many there are.</param>
/// <param name="Parameters">Their elements.</param>
/// <param name="Norm">Euclidean norm of all of them together.</param>
public sealed record InspectedPart(string Name, int Tensors, long Parameters, double Norm);

/// <summary>What a file or folder of weights holds, without a model to put it into.</summary>
/// <param name="Kind">In words, e.g. <c>LoRA adapter (peft)</c>.</param>
/// <param name="Files">The files that were read.</param>
/// <param name="Parts">Block by block.</param>
public sealed record AdapterInspection(string Kind, IReadOnlyList<string> Files, IReadOnlyList<InspectedPart> Parts)
{
    // What Hugging Face calls its lists of blocks.
    private static readonly string[] Lists = ["layer", "layers", "h", "blocks"];

    private static readonly string[] WeightNames =
        ["adapter_model.safetensors", "adapter_model.bin", "adapter.safetensors", "pytorch_adapter.bin", "model_head.safetensors", "pytorch_model_head.bin", "bitfit_model.safetensors"];

    /// <summary>Reads a folder of an adapter or a model, or one file of tensors.</summary>
    /// <exception cref="UsageException">There is nothing to read, or it is broken.</exception>
    public static AdapterInspection Of(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new UsageException($"There is no file or folder '{path}'.");
        string[] inside = File.Exists(path) ? [] : [.. WeightNames.Select(name => Path.Combine(path, name)).Where(File.Exists)];
        string[] files = inside.Length > 0 ? inside : [path];
        List<(string Name, long Elements, double Square)> tensors = [];
        foreach (var name in files)
        {
            using var file = Checkpoint.Open(name);
            foreach (var (key, entry) in file.Entries)
            {
                using var scope = NewDisposeScope();
                var norm = file.Read(key, ScalarType.Float64).norm().item<double>();
                tensors.Add((key, entry.Shape.Aggregate(1L, (product, size) => product * size), norm * norm));
            }
        }

        var parts = tensors.GroupBy(tensor => PartOf(tensor.Name)).OrderBy(part => Natural(part.Key), StringComparer.Ordinal)
            .Select(part => new InspectedPart(part.Key, part.Count(), part.Sum(tensor => tensor.Elements), Math.Sqrt(part.Sum(tensor => tensor.Square))));
        return new AdapterInspection(KindOf(path), files, [.. parts]);
    }

    private static string KindOf(string path)
    {
        if (File.Exists(path)) return "file of tensors";
        if (BitFitFolder.Is(path)) return "changed biases (BitFit)";
        if (AdapterHubFolder.Is(path))
            return JsonFile.Read(Path.Combine(path, PeftConfig.FileName), json => json.Get("config")?.Flag("mh_adapter") ?? false) ? "Houlsby adapter (adapter-hub)" : "Pfeiffer adapter (adapter-hub)";
        if (File.Exists(Path.Combine(path, PeftConfig.FileName))) return PeftConfig.Read(path).Adapter is AdaLoraOptions ? "AdaLoRA adapter (peft)" : "LoRA adapter (peft)";
        return "model";
    }

    private static string PartOf(string name)
    {
        var parts = name.Replace("base_model.model.", "", StringComparison.Ordinal).Split('.');
        // The longest beginning that ends in a block's number: layer.3, h.3, layers.1.blocks.0.
        var number = Enumerable.Range(1, Math.Max(0, parts.Length - 1)).LastOrDefault(i => parts[i].Length > 0 && parts[i].All(char.IsAsciiDigit) && Lists.Contains(parts[i - 1]), -1);
        return string.Join('.', parts[..(number < 0 ? 1 : number + 1)]);
    }

    private static string Natural(string name) => string.Join('.', name.Split('.').Select(part => part.All(char.IsAsciiDigit) ? part.PadLeft(6, '0') : part));
}
