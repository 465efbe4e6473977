using SafeTune.Data;
using SafeTune.Reproduction.Experiments;

namespace SafeTune.Reproduction.Pretraining;

/// <summary>How one of the small models is pre-trained.</summary>
public sealed record PretrainingRecipe
{
    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }
    /// <summary>What it is made of.</summary>
    public required ModelRecipe Model { get; init; }
    /// <summary>Where the recipe stands, for complaints.</summary>
    public required string Place { get; init; }
    /// <summary>Scored after every epoch.</summary>
    public required string ValidationSplit { get; init; }
    /// <summary>The preprocessor_config.json of a model of images; null where the model reads text.</summary>
    public required string? ProcessorFile { get; init; }
    /// <summary>Share of all steps in which the learning rate rises.</summary>
    public required double WarmUpFraction { get; init; }
    public required double WeightDecay { get; init; }
    public required double? GradientClip { get; init; }
    /// <summary>Batches of like lengths.</summary>
    public required bool LengthBuckets { get; init; }
    /// <summary>Whether an encoder also learns to tell if a text follows another.</summary>
    public required bool NextSentences { get; init; }
    public required int Seed { get; init; }
    /// <summary>Steps between the lines of pretraining.csv.</summary>
    public required int LogEvery { get; init; }
}

/// <summary>Reads the file of recipes.</summary>
public static class PretrainingFile
{
    private static readonly string[] More = ["validation", "processor", "warm_up_fraction", "weight_decay", "gradient_clip", "length_buckets", "next_sentences", "seed", "log_every"];

    /// <summary>The recipes in their order.</summary>
    /// <exception cref="UsageException">A mistake in the file: says the line and the nearest valid word.</exception>
    public static IReadOnlyList<PretrainingRecipe> Load(string file)
    {
        YamlValue root = YamlValue.Load(file);
        root.Only("the file", ["training", "models"]);
        YamlValue? training = root.Find("training");
        PretrainingRecipe[] recipes =
        [
            .. root.Require("models", "the file").Mapping("models").Select(model => Read(model.Key, training is null ? model.Value : YamlValue.Merge(training, model.Value))),
        ];
        return recipes.Length > 0 ? recipes : throw root.Complaint("models is empty; name at least one.");
    }

    private static PretrainingRecipe Read(string name, YamlValue value)
    {
        string owner = $"model '{name}'";
        ModelRecipe model = ModelRecipes.Read(owner, value, More);
        DataSource source = DataSources.Find(model.Task);
        return new PretrainingRecipe
        {
            Name = name,
            Model = model with { Split = Split(value.Find("split"), source, model.Split) },
            Place = $"{value.File}:{value.Line}",
            ValidationSplit = Split(value.Find("validation"), source, source.EvaluationSplits[0]),
            ProcessorFile = value.Find("processor") is { } processor ? ModelRecipes.Beside(processor, "processor") : null,
            WarmUpFraction = value.Find("warm_up_fraction")?.Number("warm_up_fraction", 0, 0.999) ?? 0,
            WeightDecay = value.Find("weight_decay")?.Number("weight_decay", least: 0) ?? 0,
            GradientClip = value.Find("gradient_clip")?.Number("gradient_clip", least: double.Epsilon),
            LengthBuckets = value.Find("length_buckets")?.Flag("length_buckets") ?? false,
            NextSentences = value.Find("next_sentences")?.Flag("next_sentences") ?? false,
            Seed = value.Find("seed")?.Integer("seed", 0) ?? 1,
            LogEvery = value.Find("log_every")?.Integer("log_every", 1) ?? 50,
        };
    }

    private static string Split(YamlValue? given, DataSource source, string otherwise)
    {
        string split = given?.Text("a split") ?? otherwise;
        return source.Splits.Contains(split) ? split
            : throw given!.Complaint($"{source.Name} has no split '{split}'.{Nearest.Hint(split, source.Splits)} It has {string.Join(", ", source.Splits)}.");
    }
}
