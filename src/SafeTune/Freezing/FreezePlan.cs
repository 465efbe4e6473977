using System.Text.Json;

namespace SafeTune.Freezing;

/// <summary>One block's freezing.</summary>
/// <param name="Block">The block, from 0.</param>
/// <param name="Step">After so many steps.</param>
/// <param name="Score">Its importance then; 0 when nobody measured it.</param>
/// <param name="Threshold">The threshold then.</param>
/// <param name="BytesFreed">Activations, gradients and optimizer state, as measured; null when nobody measured them.</param>
public sealed record PlannedFreeze(int Block, int Step, double Score = 0, double Threshold = 0, long? BytesFreed = null);

/// <summary>When which block's adapters freeze: what a run of SAFE decided, or what somebody wants. A run can be replayed with it, without probes.</summary>
/// <param name="Freezes">In the order of their steps.</param>
public sealed record FreezePlan(IReadOnlyList<PlannedFreeze> Freezes)
{
    /// <summary>The usual name of the file.</summary>
    public const string FileName = "freeze_plan.json";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new UndefinedAsNull() } };

    /// <summary>The blocks that freeze after a number of steps.</summary>
    public IReadOnlyList<PlannedFreeze> At(int step) => [.. Freezes.Where(freeze => freeze.Step == step)];

    /// <summary>Reads a plan.</summary>
    /// <param name="path">As <see cref="Write"/> leaves it.</param>
    /// <exception cref="UsageException">The file is missing or broken, or freezes a block twice or before the first step.</exception>
    public static FreezePlan Read(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no freeze plan '{path}'; expected a {FileName} that a run with SAFE wrote.");
        var plan = JsonFile.Read(path, json =>
        {
            try
            {
                return json.Deserialize<FreezePlan>(Options);
            }
            catch (JsonException)
            {
                return null;
            }
        });
        if (plan?.Freezes is not { } freezes || freezes.Any(freeze => freeze is null)) throw new UsageException($"'{path}' is no freeze plan: expected an object with 'freezes', a list of objects with 'block' and 'step'.");
        if (freezes.FirstOrDefault(freeze => freeze.Block < 0 || freeze.Step < 1) is { } odd) throw new UsageException($"'{path}' freezes block {odd.Block} after step {odd.Step}; expected blocks from 0 and steps from 1.");
        if (freezes.GroupBy(freeze => freeze.Block).FirstOrDefault(block => block.Count() > 1) is { } twice) throw new UsageException($"'{path}' freezes block {twice.Key} twice; freezing is for good.");
        return plan;
    }

    /// <summary>Writes the plan.</summary>
    public void Write(string path) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Options) + "\n");
}
