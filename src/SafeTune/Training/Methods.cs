using SafeTune.Adapters;

namespace SafeTune.Training;

/// <summary>The methods of fine-tuning, under the labels of the paper's tables: an adapter, and after a plus what is done with it.</summary>
public static class Methods
{
    private static readonly Dictionary<string, AdapterOptions> Adapters = new AdapterOptions[]
    {
        new LoraOptions(), new AdaLoraOptions(), new BottleneckOptions(BottleneckKind.Houlsby), new BottleneckOptions(BottleneckKind.Pfeiffer), new BitFitOptions(),
    }.ToDictionary(options => options.Method);

    /// <summary>All that can be run.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Adapters.Keys.SelectMany(adapter => (string[])[adapter, adapter + "+safe"]), "lora+zhang", "lora+adapterdrop", "lora+sparseadapter", "full"];

    /// <summary>Refuses an unknown method.</summary>
    /// <exception cref="UsageException">Names the known ones and the nearest.</exception>
    public static void Check(string method)
    {
        if (!Known.Contains(method))
            throw new UsageException($"The method '{method}' is not known; known: {string.Join(", ", Known)}.{Nearest.Hint(method, Known)}");
    }

    /// <summary>An adapter method's settings by default.</summary>
    public static AdapterOptions Default(string adapter) => Adapters[adapter];

    /// <summary>A label's two parts, e.g. <c>lora</c> and <c>safe</c>.</summary>
    internal static (string Adapter, string? Modifier) Parse(string method) => method.Split('+') is [var adapter, var modifier] ? (adapter, modifier) : (method, null);
}
