using System.Text.Json;
using System.Text.Json.Nodes;
using SafeTune.Checkpoints;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Reproduction.Experiments;
using SafeTune.Tokenization;
using static TorchSharp.torch;

namespace SafeTune.Reproduction.Cells;

/// <summary>A model folder with random weights: what a recipe begins with.</summary>
internal static class RandomModel
{
    private const string ConfigName = "config.json";

    /// <summary>Writes the folder in Hugging Face's layout.</summary>
    /// <param name="recipe">Names the configuration and the tokenizer.</param>
    /// <param name="task">What the model is trained for.</param>
    /// <param name="tokenizers">Folder of the tokenizers' folders.</param>
    /// <param name="folder">Made anew.</param>
    /// <param name="seed">Of the weights.</param>
    /// <exception cref="UsageException">The tokenizer is not there, or the configuration cannot be used.</exception>
    public static void Write(ModelRecipe recipe, TaskKind task, string tokenizers, string folder, int seed)
    {
        // What an interrupted run left may be of another tokenizer.
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        File.Copy(recipe.ConfigFile, Path.Combine(folder, ConfigName), overwrite: true);
        if (recipe.Tokenizer is { } name)
            CopyTokenizer(Path.Combine(tokenizers, name), folder);
        ModelConfig config = AutoModel.Configuration(folder);
        manual_seed(seed);
        using Transformer model = AutoModel.Random(config, Head(TaskOf(config, task)));
        // A head of classes is new with every task.
        var fresh = model.HeadWeights.Select(entry => entry.Path).ToHashSet();
        SafeTensors.Write(Path.Combine(folder, "model.safetensors"),
            model.NamedWeights().Where(entry => !fresh.Contains(entry.Path)).Select(entry => (entry.Path, entry.Weight.Value)), SafeTensors.TorchMetadata);
    }

    /// <summary>What a family learns from a dataset: of running text, an encoder fills in masked tokens and a language model predicts the next one.</summary>
    public static TaskKind TaskOf(ModelConfig config, TaskKind task) =>
        task == TaskKind.LanguageModelling && config.Architectures.All(known => known.Task != task) ? TaskKind.MaskedLanguageModelling : task;

    private static HeadOptions Head(TaskKind task) => task switch
    {
        TaskKind.LanguageModelling => HeadOptions.NextToken(),
        TaskKind.MaskedLanguageModelling => HeadOptions.MaskedTokens(),
        _ => HeadOptions.Classes(2),
    };

    private static void CopyTokenizer(string from, string folder)
    {
        if (!Directory.Exists(from))
            throw new MissingDataException($"There is no folder '{Path.GetFullPath(from)}' with the tokenizer's files: put the official ones there.");
        foreach (string file in Directory.EnumerateFiles(from).Where(file => Path.GetFileName(file) != ConfigName))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        FillIn(Path.Combine(folder, ConfigName), AutoTokenizer.Load(folder));
    }

    /// <summary>Gives the keys that a configuration leaves to its tokenizer, as null, their values.</summary>
    private static void FillIn(string path, Tokenizer tokenizer)
    {
        JsonObject config;
        try
        {
            config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or NullReferenceException)
        {
            throw new UsageException($"{path}: it is not a JSON object; expected a model's config.json.", broken);
        }
        (string Key, int? Value)[] known =
            [("vocab_size", tokenizer.VocabularySize), ("pad_token_id", tokenizer.PadId), ("bos_token_id", tokenizer.BeginId), ("eos_token_id", tokenizer.EndId)];
        var open = known.Where(entry => config.ContainsKey(entry.Key) && config[entry.Key] is null).ToList();
        foreach (var (key, value) in open)
            config[key] = value;
        if (open.Count > 0)
            AtomicFile.WriteAllText(path, config.ToJsonString());
    }
}
