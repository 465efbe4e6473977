using System.Text.Json;
using System.Text.Json.Serialization;

namespace SafeTune.Models;

/// <summary>BERT's config.json, under Hugging Face's names; keys that do not change the computation are ignored.</summary>
public sealed record BertConfig
{
    /// <summary>Rows of the word table.</summary>
    public long VocabSize { get; init; } = 30522;

    /// <summary>Features of a hidden state.</summary>
    public long HiddenSize { get; init; } = 768;

    /// <summary>Number of blocks.</summary>
    [JsonPropertyName("num_hidden_layers")]
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads; must divide <see cref="HiddenSize"/>.</summary>
    [JsonPropertyName("num_attention_heads")]
    public int Heads { get; init; } = 12;

    /// <summary>Features inside the feed-forward part.</summary>
    public long IntermediateSize { get; init; } = 3072;

    /// <summary>The longest sequence, in tokens.</summary>
    [JsonPropertyName("max_position_embeddings")]
    public long MaxPositions { get; init; } = 512;

    /// <summary>Rows of the segment table.</summary>
    public long TypeVocabSize { get; init; } = 2;

    /// <summary>LayerNorm's epsilon.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Dropout after the embeddings, the attention and the feed-forward part.</summary>
    [JsonPropertyName("hidden_dropout_prob")]
    public double HiddenDropout { get; init; } = 0.1;

    /// <summary>Dropout on the attention probabilities.</summary>
    [JsonPropertyName("attention_probs_dropout_prob")]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before the classifier; null = <see cref="HiddenDropout"/>.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>The activation; only <c>gelu</c> (the erf form) is known.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary><c>absolute</c>; nothing else is known.</summary>
    public string PositionEmbeddingType { get; init; } = "absolute";

    /// <summary>Class names by index; one entry, or none, for a regression.</summary>
    [JsonPropertyName("id2label")]
    public IReadOnlyDictionary<string, string>? ClassNames { get; init; }

    /// <summary>Reads <c>config.json</c> of a model folder.</summary>
    /// <exception cref="UsageException">The file is missing, is not JSON, is of another model type or asks for something unknown.</exception>
    public static BertConfig Load(string folder)
    {
        var config = ConfigFile.Read(folder);
        try
        {
            return config.Json.Deserialize<BertConfig>(ConfigFile.Options)!.Checked(config.Path);
        }
        catch (JsonException error)
        {
            throw new UsageException($"{config.Path}: the value of '{error.Path}' has the wrong kind: {error.Message}", error);
        }
    }

    private BertConfig Checked(string path)
    {
        void Require(bool holds, string sentence)
        {
            if (!holds) throw new UsageException($"{path}: {sentence}");
        }

        Require(HiddenAct == "gelu", $"hidden_act is '{HiddenAct}', and only 'gelu' is known.");
        Require(PositionEmbeddingType == "absolute", $"position_embedding_type is '{PositionEmbeddingType}', and only 'absolute' is known.");
        Require(Layers is > 0 and <= 10_000 && Heads > 0 && HiddenSize > 0 && HiddenSize % Heads == 0,
            $"hidden_size {HiddenSize}, num_attention_heads {Heads} and num_hidden_layers {Layers} must be positive, and the first divisible by the second.");
        Require(VocabSize > 0 && IntermediateSize > 0 && MaxPositions > 0 && TypeVocabSize > 0, "vocab_size, intermediate_size, max_position_embeddings and type_vocab_size must be positive.");
        Require(HiddenDropout is >= 0 and < 1 && AttentionDropout is >= 0 and < 1 && ClassifierDropout is null or (>= 0 and < 1), "dropout probabilities must be at least 0 and below 1.");
        return this;
    }
}
