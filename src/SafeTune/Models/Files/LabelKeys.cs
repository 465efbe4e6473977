using System.Text.Json;

namespace SafeTune.Models;

/// <summary>What config.json says of a head that predicts labels. The keys must agree before that head is used.</summary>
internal static class LabelKeys
{
    private static readonly string[] ProblemTypes = ["regression", "single_label_classification", "multi_label_classification"];

    /// <summary>Refuses a problem that transformers does not know.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="require">As in <see cref="ModelConfig"/>.</param>
    public static void CheckType(ModelConfig config, Action<bool, string> require) =>
        require(config.ProblemType is null || ProblemTypes.Contains(config.ProblemType), $"'problem_type' is '{config.ProblemType}'; expected {string.Join(", ", ProblemTypes)} or null.");

    /// <summary>Refuses labels of which each example has several: the loss and the scores would be those of one label.</summary>
    /// <param name="path">Of config.json.</param>
    /// <param name="config">The configuration.</param>
    public static void CheckSingle(string path, ModelConfig config)
    {
        if (config.ProblemType == "multi_label_classification")
            throw new UsageException($"{path}: 'problem_type' is 'multi_label_classification', which is not supported: each example would get one label. To train a new head for one label each, remove the key.");
    }

    /// <summary>Refuses keys that contradict each other or the head's outputs.</summary>
    /// <param name="path">Of config.json.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="outputs">Of the head.</param>
    public static void CheckHead(string path, ModelConfig config, int outputs)
    {
        CheckSingle(path, config);
        if (config.ProblemType == "regression" && outputs != 1)
            throw new UsageException($"{path}: 'problem_type' is 'regression', and the head has {outputs} outputs; only a regression of one number is supported.");
    }

    /// <summary>Refuses keys of the model's own head that contradict each other.</summary>
    /// <inheritdoc cref="CheckHead"/>
    public static void CheckOwn(string path, ModelConfig config, int outputs)
    {
        CheckHead(path, config, outputs);
        if (config.ProblemType == "single_label_classification" && outputs == 1)
            throw new UsageException($"{path}: 'problem_type' is 'single_label_classification', and there is one label; expected 'regression' or more labels.");
        if (config.ClassNames is not { Count: > 0 } names) return;
        if (config.NumLabels is { } number && number != names.Count) throw new UsageException($"{path}: 'num_labels' is {number}, and 'id2label' names {names.Count}; make them agree.");
        if (Enumerable.Range(0, names.Count).Any(index => !names.ContainsKey(FormattableString.Invariant($"{index}"))))
            throw new UsageException($"{path}: 'id2label' has the keys {string.Join(", ", names.Keys.Take(5))}; expected the numbers from 0 to {names.Count - 1}.");
        foreach (var (index, name) in names)
        {
            if (config.ClassIndices?.Get(name) is { } other && other.ToString() != index)
                throw new UsageException($"{path}: 'id2label' calls class {index} '{name}', and 'label2id' gives '{name}' the number {other}; make them agree.");
        }
    }

    /// <summary>Names by index; null where the file has none.</summary>
    public static IReadOnlyList<string>? Names(ModelConfig config)
    {
        if (config.ClassNames is { Count: > 0 } names)
            return Enumerable.Range(0, names.Count).All(index => names.ContainsKey(FormattableString.Invariant($"{index}"))) ? [.. Enumerable.Range(0, names.Count).Select(index => names[FormattableString.Invariant($"{index}")])] : null;
        return config.ClassIndices is { ValueKind: JsonValueKind.Object } indices ? ByIndex(indices) : null;
    }

    /// <summary>Names in the order of their numbers; null where these are not those from 0 on.</summary>
    /// <param name="indices">An object of names with numbers.</param>
    public static IReadOnlyList<string>? ByIndex(JsonElement indices)
    {
        (string Name, int Index)[] entries =
            [.. indices.EnumerateObject().Select(field => (field.Name, field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetInt32(out var index) ? index : -1)).OrderBy(entry => entry.Item2)];
        return entries.Length > 0 && entries.Select(entry => entry.Index).SequenceEqual(Enumerable.Range(0, entries.Length)) ? [.. entries.Select(entry => entry.Name)] : null;
    }
}
