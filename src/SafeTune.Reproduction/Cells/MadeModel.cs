using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction.Experiments;
using SafeTune.Training;
using static TorchSharp.torch;

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
        WriteRandom(recipe, hub, random);
        output.WriteLine($"Making {name}: random weights, then {Words(recipe)} in the place of pre-training.");
        DataSource source = DataSources.Find(recipe.Task);
        Dataset train = source.Load(Path.Combine(hub, "datasets"), recipe.Split);
        if (recipe.Rows is { } rows)
            train = train with { Examples = [.. train.Examples.Take(rows)] };
        var job = new FineTuneJob
        {
            ModelFolder = random,
            Method = "full",
            Train = train,
            Training = new TrainingOptions
            {
                Epochs = recipe.Epochs, BatchSize = recipe.BatchSize, LearningRate = recipe.LearningRate, MaxLength = recipe.MaxLength, Stride = 0, Seed = Seed, WarmUpFraction = 0.05,
            },
            RunFolder = folder + ".run",
        };
        using (var tuner = new FineTuner(job, new ProgressLines(output, name, recipe.Epochs)))
            FineTunedModel.Save(folder, job, tuner, tuner.Run(stop));
        Directory.Delete(job.RunFolder, recursive: true);
        Directory.Delete(random, recursive: true);
        return folder;
    }

    /// <summary>What stands in for pre-training, in words.</summary>
    public static string Words(ModelRecipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return FormattableString.Invariant($"{recipe.Epochs} epochs of full training on {recipe.Task} ({recipe.Split}{(recipe.Rows is { } rows ? $", {rows} rows" : "")})");
    }

    private static void WriteRandom(ModelRecipe recipe, string hub, string folder)
    {
        Directory.CreateDirectory(folder);
        File.Copy(recipe.ConfigFile, Path.Combine(folder, "config.json"), overwrite: true);
        if (recipe.Tokenizer is { } tokenizer)
        {
            string from = Path.Combine(hub, "tokenizers", tokenizer);
            if (!Directory.Exists(from))
                throw new MissingDataException($"There is no folder '{Path.GetFullPath(from)}' with the tokenizer's files: put the official ones there.");
            foreach (string file in Directory.EnumerateFiles(from))
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }
        ModelConfig config = AutoModel.Configuration(folder);
        manual_seed(Seed);
        HeadOptions head = config.Architectures[0].Task == TaskKind.LanguageModelling ? HeadOptions.NextToken() : HeadOptions.Classes(2);
        using Transformer model = AutoModel.Random(config, head);
        // A head of classes is new with every task.
        var fresh = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"),
            model.NamedWeights().Where(entry => !fresh.Contains(entry.Path)).Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
    }
}
