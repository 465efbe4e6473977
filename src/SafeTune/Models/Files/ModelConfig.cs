using System.Text.Json;
using System.Text.Json.Serialization;
using SafeTune.Batching;
using SafeTune.Data;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A model's config.json, under Hugging Face's names, and what its family's files have in common. What becomes of other keys is <see cref="ConfigKeys"/>' matter.</summary>
public abstract record ModelConfig
{
    /// <summary>The value of <c>model_type</c>.</summary>
    [JsonIgnore]
    public abstract string ModelType { get; }

    /// <summary>What stands before the names of all weights but the head's, without the dot, e.g. <c>bert</c>. Files of bare models leave it out.</summary>
    [JsonIgnore]
    public abstract string Prefix { get; }

    /// <summary>Hugging Face's class for each task that the family is built for here; the first is the usual one.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<(TaskKind Task, string Class)> Architectures { get; }

    /// <summary>The projections that LoRA adapts unless others are named: query and value, as in the paper.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<string> LoraTargets { get; }

    /// <summary>The longest sequence, in tokens; null where the model reads no text.</summary>
    [JsonIgnore]
    public abstract long? MaxTokens { get; }

    /// <summary>Rows and columns of the images that the model was made for; null where it reads none.</summary>
    [JsonIgnore]
    public virtual long? ImageSide => null;

    /// <summary>Colours of a pixel; 0 where it reads no images.</summary>
    [JsonIgnore]
    public virtual long Colours => 0;

    /// <summary>How many tokens the model knows; null where it reads no text.</summary>
    [JsonIgnore]
    public abstract long? Vocabulary { get; }

    /// <summary>Features of the last hidden state.</summary>
    [JsonIgnore]
    public abstract long Width { get; }

    /// <summary>Whether a block's number stands in its path, so that peft's <c>layers_to_transform</c> can name it. Swin's paths have a stage and a number within it.</summary>
    [JsonIgnore]
    public virtual bool NumbersItsBlocks => true;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Class names by index; one entry, or none, for a regression.</summary>
    [JsonPropertyName("id2label")]
    public IReadOnlyDictionary<string, string>? ClassNames { get; init; }

    /// <summary>The other way round; it counts where <see cref="ClassNames"/> is missing.</summary>
    [JsonPropertyName("label2id")]
    public JsonElement? ClassIndices { get; init; }

    /// <summary>Number of classes, where neither of the two says it.</summary>
    public int? NumLabels { get; init; }

    /// <summary>What a head for labels was trained for: <c>regression</c> or <c>single_label_classification</c>; null = what its outputs say.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Class names by index; null where the file has none.</summary>
    [JsonIgnore]
    public IReadOnlyList<string>? LabelNames => LabelKeys.Names(this);

    /// <summary>Outputs of the model's own head for labels; transformers' two where the file says nothing.</summary>
    [JsonIgnore]
    public int Labels => ClassNames is { Count: > 0 } names ? names.Count : NumLabels ?? LabelNames?.Count ?? 2;

    /// <summary>Builds the model; no weight is allocated yet.</summary>
    /// <exception cref="UsageException">The family has no such head.</exception>
    public Transformer Build(HeadOptions head) => Architectures.Any(known => known.Task == head.Task)
        ? Create(head)
        : throw new UsageException($"A model of the type '{ModelType}' has no head for {Words(head.Task)} here; it has heads for {string.Join(", ", Architectures.Select(known => Words(known.Task)))}.");

    /// <summary>Refuses a tokenizer that has tokens which the model does not know.</summary>
    /// <param name="tokens">The size of the tokenizer's vocabulary.</param>
    /// <exception cref="UsageException">Names both sizes.</exception>
    public void CheckTokenizer(int tokens)
    {
        if (tokens > Vocabulary) throw new UsageException($"The tokenizer has {tokens} tokens and the {ModelType} model {Vocabulary}; take the tokenizer that came with the model, or give its embedding a row for every token.");
    }

    /// <summary>Two random examples without labels, to compare models by; the caller disposes them.</summary>
    /// <param name="device">Where the tensors go; null = the CPU.</param>
    public virtual Batch RandomBatch(Device? device = null)
    {
        const int examples = 2, longest = 16;
        long[] shape = [examples, Math.Min(longest, MaxTokens ?? longest)];
        return new TextBatch(randint(0, Vocabulary ?? 1, shape, ScalarType.Int64, device), ones(shape, ScalarType.Int64, device), zeros(shape, ScalarType.Int64, device), Labels: null);
    }

    /// <summary>Whether a tensor of a file is no part of fine-tuning: another task's pre-training head, or a buffer that the model computes itself.</summary>
    /// <param name="name">With the prefix.</param>
    internal abstract bool LeavesOut(string name);

    /// <summary>The path of the layer between the encoder and the head for labels, which files of other tasks lack; null = the family has none.</summary>
    internal virtual string? Pooler => null;

    /// <summary>Keys of the family that nothing computed here reads.</summary>
    internal virtual IReadOnlyList<string> Harmless => [];

    /// <summary>Keys that would change what the family computes, beside those of all families.</summary>
    internal virtual IReadOnlyList<ConfigRule> Rules => [];

    /// <summary>The name that this code uses for a tensor that old files call otherwise.</summary>
    internal virtual string Modern(string name) => name;

    /// <summary>Refuses what cannot be computed.</summary>
    /// <param name="require">Takes whether a rule holds, and the sentence that says what is wrong.</param>
    private protected abstract void Check(Action<bool, string> require);

    private protected abstract Transformer Create(HeadOptions head);

    /// <summary>Refuses an activation that is not known.</summary>
    private protected static void RequireActivation(Action<bool, string> require, string key, string name) =>
        require(Activation.Known.Contains(name), $"{key} is '{name}', which is not known; known: {string.Join(", ", Activation.Known)}.");

    /// <summary>Reads a configuration from the file's JSON.</summary>
    /// <exception cref="UsageException">A value has the wrong kind, or asks for something unknown.</exception>
    internal static T Read<T>(ConfigFile file) where T : ModelConfig
    {
        try
        {
            var config = file.Json.Deserialize<T>(ConfigFile.Options)!;
            void Require(bool holds, string sentence)
            {
                if (!holds) throw new UsageException($"{file.Path}: {sentence}");
            }

            config.Check(Require);
            LabelKeys.CheckType(config, Require);
            ConfigKeys.Check(file, config);
            return config;
        }
        catch (JsonException error)
        {
            var key = (error.Path ?? "").TrimStart('$', '.');
            throw new UsageException($"{file.Path}: the value of '{key}' has the wrong kind{(file.Json.Get(key) is { } value ? $": {value.GetRawText()}" : "")}.", error);
        }
    }

    private static string Words(TaskKind task) => task switch
    {
        TaskKind.QuestionAnswering => "question answering",
        TaskKind.LanguageModelling => "language modelling",
        TaskKind.MaskedLanguageModelling => "masked language modelling",
        _ => task.ToString().ToLowerInvariant(),
    };
}
