using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>Finds the projections that an adapter method names by the end of their path, as peft's <c>target_modules</c>.</summary>
internal static class TargetModules
{
    /// <summary>The targets of every block.</summary>
    /// <param name="model">The model.</param>
    /// <param name="names">Ends of paths, or whole paths of single projections; null = the model's query and value projections.</param>
    /// <param name="blocks">Indices of the blocks that get adapters; null = all. The others' lists are empty.</param>
    /// <exception cref="UsageException">A name matches nothing, or matches in some blocks only, or names a projection and one of its slices.</exception>
    public static IReadOnlyList<IReadOnlyList<Target>> Find(Transformer model, IReadOnlyList<string>? names, IReadOnlyCollection<int>? blocks)
    {
        names ??= model.Config.LoraTargets;
        var paths = model.Named<Projection>().ToDictionary(entry => entry.Component, entry => entry.Path);
        // Whole paths name single projections; ends of paths must mean one in every block.
        var whole = paths.Where(entry => names.Contains(entry.Value)).Select(entry => entry.Key).ToHashSet();
        if (whole.Count > 0 && whole.Count == names.Count)
            return [.. model.Blocks.Select(block => (IReadOnlyList<Target>)[.. block.Named<Projection>().Where(entry => whole.Contains(entry.Component)).Select(entry => new Target(entry.Path, entry.Component, null))])];
        foreach (var name in names) Require(model, name);
        return [.. Enumerable.Range(0, model.Blocks.Count).Select(i => blocks is null || blocks.Contains(i) ? In(model.Blocks[i], names) : (IReadOnlyList<Target>)[])];
    }

    private static IReadOnlyList<Target> In(Block block, IReadOnlyList<string> names) =>
        [.. block.Named<Projection>().Select(entry => Of(entry.Path, entry.Component, names)).OfType<Target>()];

    private static Target? Of(string path, Projection projection, IReadOnlyList<string> names)
    {
        string[] slices = [.. (projection.Slices ?? []).Where(slice => names.Any(name => Ends($"{path}.{slice}", name)))];
        var whole = names.Any(name => Ends(path, name));
        if (whole && slices.Length > 0)
            throw new UsageException($"The target modules name '{path}' as a whole and its slice '{slices[0]}' too; name one or the other.");
        return whole ? new Target(path, projection, null) : slices.Length > 0 ? new Target(path, projection, slices) : null;
    }

    private static bool Ends(string path, string name) => path == name || path.EndsWith("." + name, StringComparison.Ordinal);

    private static void Require(Transformer model, string name)
    {
        int[] without = [.. Enumerable.Range(0, model.Blocks.Count).Where(i => In(model.Blocks[i], [name]).Count == 0)];
        if (without.Length == 0) return;
        string[] known = [.. model.Blocks[0].Named<Projection>().SelectMany(entry => (entry.Component.Slices ?? []).Select(slice => $"{entry.Path}.{slice}").Prepend(entry.Path))];
        throw new UsageException(without.Length == model.Blocks.Count
            ? $"The target module '{name}' matches nothing in the model's blocks; they have {string.Join(", ", known)}.{Nearest.Hint(name, known.Select(path => path[(path.LastIndexOf('.') + 1)..]))}"
            : $"The target module '{name}' matches nothing in block {string.Join(", ", without)}, though it does in others; name modules that all blocks have.");
    }
}

/// <summary>A projection to be adapted.</summary>
/// <param name="Path">Its path in the block.</param>
/// <param name="Projection">The layer.</param>
/// <param name="Slices">The slices of its output that are adapted; null = all of it.</param>
internal sealed record Target(string Path, Projection Projection, IReadOnlyList<string>? Slices);
