using SafeTune.Data;
using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>Reads an adapter's folder, whoever wrote it.</summary>
public static class AdapterFolder
{
    /// <summary>Puts a saved adapter into a model: peft's LoRA and AdaLoRA, adapter-hub's Houlsby and Pfeiffer, changed biases.</summary>
    /// <param name="folder">The adapter's.</param>
    /// <param name="model">The pre-trained model; its head has the classes that <see cref="Labels"/> says.</param>
    /// <param name="warn">Told of what was ignored.</param>
    /// <exception cref="UsageException">The files are missing, broken or unsupported, or do not fit the model.</exception>
    public static AdapterSet Load(string folder, Transformer model, Action<string>? warn = null) =>
        BitFitFolder.Is(folder) ? BitFitFolder.Load(folder, model)
        : AdapterHubFolder.Is(folder) ? AdapterHubFolder.Load(folder, model)
        : PeftFolder.Load(folder, model, warn);

    /// <summary>Outputs of the head saved with an adapter; null when it came without one and the model's own is used.</summary>
    public static int? Labels(string folder) =>
        BitFitFolder.Is(folder) ? BitFitFolder.Labels(folder)
        : AdapterHubFolder.Is(folder) ? AdapterHubFolder.Labels(folder)
        : PeftFolder.Labels(folder);

    /// <summary>What the adapter was trained for; null where its folder does not say it.</summary>
    public static TaskKind? Task(string folder) => BitFitFolder.Is(folder) || AdapterHubFolder.Is(folder) ? null : PeftFolder.Task(folder);

    /// <summary>Path or name of the pre-trained model; null where the folder does not say it.</summary>
    public static string? BaseModel(string folder) =>
        BitFitFolder.Is(folder) ? BitFitFolder.BaseModel(folder)
        : AdapterHubFolder.Is(folder) ? AdapterHubFolder.BaseModel(folder)
        : PeftConfig.Read(folder).BaseModel;

    /// <summary>Class names by index, where the folder has them.</summary>
    public static IReadOnlyList<string>? LabelNames(string folder) => AdapterHubFolder.Is(folder) ? AdapterHubHead.LabelNames(folder) : null;

    /// <summary>The model's weights that the folder has whole, by the model's names: the head, a pooler trained with it, changed biases.</summary>
    public static IReadOnlySet<string> Whole(string folder) =>
        BitFitFolder.Is(folder) ? BitFitFolder.Whole(folder)
        : AdapterHubFolder.Is(folder) ? AdapterHubHead.Whole(folder)
        : PeftFolder.Whole(folder);
}
