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
}
