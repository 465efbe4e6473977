using SafeTune.Adapters;
using SafeTune.Baselines;

namespace SafeTune.Training;

/// <summary>The methods of fine-tuning, under the labels of the paper's tables: an adapter, and after a plus what is done with it.</summary>
public static class Methods
{
    private static readonly Dictionary<string, AdapterOptions> Defaults = new AdapterOptions[]
    {
        new LoraOptions(), new AdaLoraOptions(), new BottleneckOptions(BottleneckKind.Houlsby), new BottleneckOptions(BottleneckKind.Pfeiffer), new BitFitOptions(),
    }.ToDictionary(options => options.Method);

    private static readonly Dictionary<string, BaselineOptions> Baselines = new BaselineOptions[]
    {
        new UpperLayersOptions(), new AdapterDropOptions(), new SparseAdapterOptions(), new LoraPruneOptions(), new MeftOptions(), new SlimFitOptions(),
    }.ToDictionary(options => options.Name);

    /// <summary>The adapters.</summary>
    public static IReadOnlyList<string> Adapters { get; } = [.. Defaults.Keys];

    /// <summary>All that can be run.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Defaults.Keys.SelectMany(adapter => (string[])[adapter, adapter + "+safe"]), .. Baselines.Keys.Select(baseline => $"lora+{baseline}"), "full"];

    /// <summary>Those whose result can be saved: adapters of the pre-trained network, or all of its weights.</summary>
    public static IReadOnlyList<string> Savable { get; } = [.. Known.Where(method => Baseline(method) is null or { KeepsNetwork: true })];

    /// <summary>Refuses an unknown method.</summary>
    /// <exception cref="UsageException">Names the known ones and the nearest.</exception>
    public static void Check(string method)
    {
        if (!Known.Contains(method))
            throw new UsageException($"The method '{method}' is not known; known: {string.Join(", ", Known)}.{Nearest.Hint(method, Known)}");
    }

    /// <summary>Refuses a method whose result no layout can hold.</summary>
    /// <exception cref="UsageException">Says why.</exception>
    public static void CheckSavable(string method)
    {
        Check(method);
        if (!Savable.Contains(method))
            throw new UsageException($"The method '{method}' changes the network, and neither Hugging Face's nor PEFT's layout can hold the result. It is there to be compared, as a row of Table1; to train for use, choose {string.Join(", ", Savable)}.");
    }

    /// <summary>An adapter method's settings by default.</summary>
    public static AdapterOptions Default(string adapter) => Defaults[adapter];

    /// <summary>The settings by default of a method's baseline; null where it has none.</summary>
    public static BaselineOptions? Baseline(string method) => Parse(method).Modifier is { } modifier ? Baselines.GetValueOrDefault(modifier) : null;

    /// <summary>A label's two parts, e.g. <c>lora</c> and <c>safe</c>.</summary>
    internal static (string Adapter, string? Modifier) Parse(string method) => method.Split('+') is [var adapter, var modifier] ? (adapter, modifier) : (method, null);
}
