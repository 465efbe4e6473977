using SafeTune.Models;

namespace SafeTune.Adapters;

/// <summary>What peft's names of modules mean in a model.</summary>
internal static class PeftModules
{
    /// <summary>The names that choose layers of the blocks. peft's lists of all linear layers name the head's too, which come whole instead.</summary>
    public static IReadOnlyList<string>? Targets(Transformer model, IReadOnlyList<string>? names)
    {
        if (names is null) return null;
        var inside = model.Blocks.SelectMany(block => block.Named<Projection>()).Select(entry => entry.Component).ToHashSet();
        var all = model.Named<Projection>().ToLookup(entry => inside.Contains(entry.Component), entry => entry.Path);
        if (names is [PeftConfig.AllLinear]) return [.. all[true]];
        bool Matches(string path, string name) => path == name || path.EndsWith("." + name, StringComparison.Ordinal);
        string[] left = [.. names.Where(name => all[true].Any(path => Matches(path, name)) || !all[false].Any(path => Matches(path, name)))];
        return left.Length == 0 ? names : left;
    }

    /// <summary>Why a tensor of an adapter's file has no place in the model: the end of a sentence that begins with the tensor.</summary>
    /// <param name="path">The tensor's, in the model.</param>
    /// <param name="whole">Modules that are saved whole.</param>
    /// <param name="model">With its adapters.</param>
    public static string Reason(string path, IReadOnlyList<string> whole, Transformer model)
    {
        var end = path.IndexOf(".lora_", StringComparison.Ordinal);
        if (end >= 0 && Components(model).TryGetValue(path[..end], out var component) && !model.Blocks.SelectMany(block => block.Named<Component>()).Any(entry => ReferenceEquals(entry.Component, component)))
            return $"adapt '{path[..end]}', which lies outside the blocks, and only layers of blocks can be adapted; train without it (exclude_modules).";
        return end < 0 && whole.FirstOrDefault(name => path.Split('.').Contains(name)) is { } module
            ? $"belong to '{module}' of 'modules_to_save', and only the model's head ({string.Join(", ", PeftFolder.HeadModules(model))}) can be saved whole."
            : $"belong to no adapter of {PeftConfig.FileName} in this model; is it the right base model?";
    }

    // Some parts share a path with what they are made of; any of them will do.
    private static Dictionary<string, Component> Components(Transformer model) => model.Named<Component>().DistinctBy(entry => entry.Path).ToDictionary(entry => entry.Path, entry => entry.Component);
}
