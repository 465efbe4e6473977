using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction.Experiments;
using SafeTune.Reproduction.Running;
using SafeTune.Training;

namespace SafeTune.Reproduction.Cells;

/// <summary>A small model that an experiment makes for itself: random weights, and a short full training in the place of pre-training.</summary>
public static class MadeModel
{
    private const int Seed = 1;

    /// <summary>The folder of the model, in Hugging Face's layout; made when it is not there yet, and gone on with when that was interrupted.</summary>
    /// <param name="name">The model's name in results.</param>
    /// <param name="recipe">What it is made of.</param>
    /// <param name="hub">Folder with tokenizers/ and datasets/.</param>
    /// <param name="models">Folder that keeps made models.</param>
    /// <param name="output">For progress.</param>
    /// <param name="stop">Ends the training after the current step, with a checkpoint.</param>
    /// <exception cref="UsageException">The tokenizer or the data is not there.</exception>
    public static string Make(string name, ModelRecipe recipe, string hub, string models, TextWriter output, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(output);
        string folder = Path.Combine(models, $"{name}-{Configuration.Hash($"{File.ReadAllText(recipe.ConfigFile)}\n{recipe with { ConfigFile = "" }}")}");
        if (File.Exists(Path.Combine(folder, "model.safetensors")))
            return folder;
        string random = folder + ".random";
        output.WriteLine($"Making {name}: random weights, then {Words(recipe)} in the place of pre-training.");
        FineTuneJob job = Begin(recipe, hub, random, Seed) with { RunFolder = folder + ".run", DiscardsOtherCheckpoints = true };
        using (var tuner = new FineTuner(job, new ProgressLines(output, name, recipe.Epochs)))
            FineTunedModel.Save(folder, job, tuner, tuner.Run(stop));
        Directory.Delete(job.RunFolder!, recursive: true);
        Directory.Delete(random, recursive: true);
        return folder;
    }

    /// <summary>What stands in for pre-training, in words.</summary>
    public static string Words(ModelRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return FormattableString.Invariant($"{recipe.Epochs} epochs of full training on {recipe.Task} ({recipe.Split}{(recipe.Rows is { } rows ? $", {rows} rows" : "")})");
    }

    /// <summary>Writes a recipe's random model and makes the job that trains it in full.</summary>
    /// <param name="recipe">What the model is made of.</param>
    /// <param name="hub">Folder with tokenizers/ and datasets/.</param>
    /// <param name="random">Where the random model goes.</param>
    /// <param name="seed">Of the weights, and of the training.</param>
    internal static FineTuneJob Begin(ModelRecipe recipe, string hub, string random, int seed)
    {
        Dataset train = Load(recipe, hub, recipe.Split);
        if (recipe.Rows is { } rows)
            train = train with { Examples = [.. train.Examples.Take(rows)] };
        RandomModel.Write(recipe, train.Task, Path.Combine(hub, "tokenizers"), random, seed);
        return new FineTuneJob
        {
            ModelFolder = random,
            Method = "full",
            Kernels = KernelOptions.Composed,
            Train = train with { Task = RandomModel.TaskOf(AutoModel.Configuration(random), train.Task) },
            Training = new TrainingOptions
            {
                Epochs = recipe.Epochs, BatchSize = recipe.BatchSize, LearningRate = recipe.LearningRate, MaxLength = recipe.MaxLength, Stride = 0, Seed = seed, WarmUpFraction = 0.05,
            },
        };
    }

    /// <summary>A split of the data that a recipe trains on.</summary>
    internal static Dataset Load(ModelRecipe recipe, string hub, string split) => DataSources.Find(recipe.Task).Load(Path.Combine(hub, "datasets"), split);
}
