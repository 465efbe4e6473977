using System.Globalization;
using SafeTune.Data;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Running;
using SafeTune.Training;
using static TorchSharp.torch;

namespace SafeTune.Reproduction.Pretraining;

/// <summary>From a file of recipes to pre-trained models, small enough to lie in a repository.</summary>
public static class Pretrain
{
    /// <summary>The largest model that is worth committing.</summary>
    private const long MostBytes = 2_000_000;

    private const string CurveName = "pretraining.csv", WeightsName = "model.safetensors";

    /// <summary>
    /// Pre-trains the chosen models that are not made yet, from random weights, and writes each into <c>models/&lt;name&gt;/</c> beside the file: config.json, the weights
    /// in float16, the tokenizer's files and pretraining.csv. The work lies in artifacts/models below the repository's root, which is two folders above the file.
    /// </summary>
    /// <param name="file">For example <c>experiments/smoke/pretrain.yaml</c>.</param>
    /// <param name="world">Folder with datasets/ and tokenizers/.</param>
    /// <param name="selection">Its models, force and threads count; one thread unless it says otherwise, so that sums do not depend on the machine's processors.</param>
    /// <param name="output">For progress.</param>
    /// <param name="stop">Ends the run after the current step, with a checkpoint.</param>
    /// <returns>0, or 130 when stopped.</returns>
    /// <exception cref="UsageException">Bad input.</exception>
    public static int Run(string file, string world, Selection selection, TextWriter output, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(output);
        IReadOnlyList<PretrainingRecipe> recipes = Choose(file, PretrainingFile.Load(file), selection.Models);
        if (!Directory.Exists(world))
            throw new UsageException($"There is no folder '{Path.GetFullPath(world)}' with datasets/ and tokenizers/ to pre-train on; pass --hub=FOLDER.");
        set_num_threads(selection.Threads ?? 1);
        string beside = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string work = Path.GetFullPath(Path.Combine(beside, "..", "..", "artifacts", "models"));
        try
        {
            foreach (PretrainingRecipe recipe in recipes)
            {
                string target = Path.Combine(beside, "models", recipe.Name);
                Replace(Make(recipe, world, work, selection.Force, output, stop), target);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{recipe.Name}: {new FileInfo(Path.Combine(target, WeightsName)).Length} bytes of weights in {target}"));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            output.WriteLine(Reproduce.StoppedSentence);
            return Reproduce.Interrupted;
        }
        return Reproduce.Fine;
    }

    private static IReadOnlyList<PretrainingRecipe> Choose(string file, IReadOnlyList<PretrainingRecipe> recipes, IReadOnlyList<string>? asked)
    {
        string[] known = [.. recipes.Select(recipe => recipe.Name)];
        if (asked?.FirstOrDefault(name => !known.Contains(name)) is { } odd)
            throw new UsageException($"{file} has no model '{odd}'.{Nearest.Hint(odd, known)} Its models are {string.Join(", ", known)}.");
        return [.. recipes.Where(recipe => asked?.Contains(recipe.Name) ?? true)];
    }

    /// <summary>The folder of the model, made when it is not there yet, and gone on with when that was interrupted.</summary>
    private static string Make(PretrainingRecipe recipe, string world, string work, bool force, TextWriter output, CancellationToken stop)
    {
        string random = Path.Combine(work, $"{recipe.Name}.random");
        FineTuneJob job = Job(recipe, world, random);
        string folder = Path.Combine(work, $"{recipe.Name}-{Identity(recipe, job)}"), run = folder + ".run";
        // The curve is written last.
        string curve = Path.Combine(folder, CurveName);
        if (force)
            File.Delete(curve);
        if (!File.Exists(curve))
        {
            output.WriteLine($"Making {recipe.Name}: random weights, then {MadeModel.Words(recipe.Model)}.");
            using (var tuner = new FineTuner(job with { RunFolder = run }, new ProgressLines(output, recipe.Name, recipe.Model.Epochs)))
            {
                tuner.Run(stop);
                FineTunedModel.SavePretrained(folder, job, tuner);
            }
            string metric = DataSources.Find(recipe.Model.Task).Metrics[0];
            TrainingCurve.Write(curve, TrainingCurve.Read(Path.Combine(run, "metrics.jsonl"), recipe.LogEvery, metric));
            Directory.Delete(run, recursive: true);
        }
        Directory.Delete(random, recursive: true);
        return folder;
    }

    private static FineTuneJob Job(PretrainingRecipe recipe, string world, string random)
    {
        FineTuneJob job = MadeModel.Begin(recipe.Model, world, random, recipe.Seed);
        if (recipe.ProcessorFile is { } processor)
            File.Copy(processor, Path.Combine(random, "preprocessor_config.json"), overwrite: true);
        long bytes = new FileInfo(Path.Combine(random, WeightsName)).Length / 2;
        if (bytes > MostBytes)
            throw new UsageException($"{recipe.Place}: model '{recipe.Name}' would have about {bytes} bytes of weights, and may have {MostBytes}; make its configuration smaller.");
        return job with
        {
            Train = Paired(job.Train),
            Validation = Paired(MadeModel.Load(recipe.Model, world, recipe.ValidationSplit) with { Task = job.Train.Task }),
            Training = job.Training with
            {
                WarmUpFraction = recipe.WarmUpFraction,
                WeightDecay = recipe.WeightDecay,
                GradientClip = recipe.GradientClip,
                LengthBuckets = recipe.LengthBuckets,
            },
        };

        Dataset Paired(Dataset data) => recipe.NextSentences ? Corpus.NextSentences(data) : data;
    }

    /// <summary>Writes the random weights that a recipe begins with, as a model's folder.</summary>
    internal static void WriteRandom(PretrainingRecipe recipe, string world, string folder)
    {
        RandomModel.Write(recipe.Model, recipe.ProcessorFile is null ? TaskKind.LanguageModelling : TaskKind.Classification, Path.Combine(world, "tokenizers"), folder, recipe.Seed);
        CopyProcessor(recipe, folder);
    }

    private static void CopyProcessor(PretrainingRecipe recipe, string folder)
    {
        if (recipe.ProcessorFile is { } processor)
            File.Copy(processor, Path.Combine(folder, "preprocessor_config.json"), overwrite: true);
    }

    /// <summary>Of everything that decides the result: the recipe, the files that it names, and the data.</summary>
    private static string Identity(PretrainingRecipe recipe, FineTuneJob job)
    {
        PretrainingRecipe bare = recipe with { Place = "", ProcessorFile = null, Model = recipe.Model with { ConfigFile = "" } };
        return Configuration.Hash($"{bare}\n{Configuration.ModelHash(job.ModelFolder)}\n{Processor(recipe)}\n{job.Train.Hash}\n{job.Validation!.Hash}");
    }

    private static string Processor(PretrainingRecipe recipe) => recipe.ProcessorFile is { } file ? File.ReadAllText(file) : "";

    private static void Replace(string from, string target)
    {
        string[] names = [.. Directory.EnumerateFiles(from).Select(file => Path.GetFileName(file))];
        Directory.CreateDirectory(target);
        foreach (string stale in Directory.EnumerateFiles(target).Where(file => !names.Contains(Path.GetFileName(file))))
            File.Delete(stale);
        foreach (string name in names)
        {
            using FileStream source = File.OpenRead(Path.Combine(from, name));
            AtomicFile.Write(Path.Combine(target, name), source.CopyTo);
        }
    }
}
