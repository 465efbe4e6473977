using SafeTune.Data;

namespace SafeTune.Reproduction.Experiments;

/// <summary>How a small model is made from random weights.</summary>
/// <param name="ConfigFile">The model's config.json.</param>
/// <param name="Tokenizer">Folder below the hub's or the world's tokenizers/; null for a model of images.</param>
/// <param name="Task">The dataset that it is trained on in full.</param>
/// <param name="Split">Which part of it.</param>
/// <param name="Rows">Only the first so many examples; null = all.</param>
/// <param name="Epochs">Passes over them.</param>
/// <param name="BatchSize">Examples in a step.</param>
/// <param name="LearningRate">Falls linearly to 0.</param>
/// <param name="MaxLength">Tokens of a text, or of a window.</param>
public sealed record ModelRecipe(string ConfigFile, string? Tokenizer, string Task, string Split, int? Rows, int Epochs, int BatchSize, double LearningRate, int MaxLength);

/// <summary>Reads recipes from YAML.</summary>
internal static class ModelRecipes
{
    private static readonly string[] Keys = ["config", "tokenizer", "task", "split", "rows", "epochs", "batch_size", "learning_rate", "max_length"];

    /// <param name="owner">What complaints call it.</param>
    /// <param name="recipe">A mapping.</param>
    /// <param name="more">Keys that the caller reads.</param>
    public static ModelRecipe Read(string owner, YamlValue recipe, params IReadOnlyList<string> more)
    {
        recipe.Only(owner, [.. Keys, .. more]);
        YamlValue task = recipe.Require("task", owner);
        string[] known = [.. DataSources.All.Select(source => source.Name)];
        if (!known.Contains(task.Text("task")))
            throw task.Complaint($"unknown task '{task.Scalar}'.{Nearest.Hint(task.Scalar!, known)} Tasks are {string.Join(", ", known)}.");
        return new ModelRecipe(
            Beside(recipe.Require("config", owner), "config"), recipe.Find("tokenizer")?.Text("tokenizer"), task.Scalar!, recipe.Find("split")?.Text("split") ?? "train",
            recipe.Find("rows")?.Integer("rows", 1), recipe.Require("epochs", owner).Integer("epochs", 1), recipe.Require("batch_size", owner).Integer("batch_size", 1),
            recipe.Require("learning_rate", owner).Number("learning_rate", least: double.Epsilon), recipe.Find("max_length")?.Integer("max_length", 3) ?? 128);
    }

    /// <summary>A file named in another one, whose place its path counts from.</summary>
    public static string Beside(YamlValue name, string owner)
    {
        string file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(name.File))!, name.Text(owner));
        return File.Exists(file) ? file : throw name.Complaint($"there is no file '{name.Scalar}' beside the experiment file.");
    }
}
