using SafeTune.Models;

namespace SafeTune.Training;

/// <summary>Published architectures by name, for predictions without a model folder.</summary>
public static class KnownModels
{
    /// <summary>Those of <see cref="StepBenchmark.Sizes"/>, and the larger ones that the paper and its users fine-tune.</summary>
    public static IReadOnlyDictionary<string, ModelConfig> All { get; } = new Dictionary<string, ModelConfig>(StepBenchmark.Sizes.Select(size => KeyValuePair.Create(size.Key, (ModelConfig)size.Value)))
    {
        ["bert-base"] = new BertConfig(),
        ["bert-large"] = new BertConfig { Layers = 24, HiddenSize = 1024, Heads = 16, IntermediateSize = 4096 },
        ["roberta-base"] = new RobertaConfig { VocabSize = 50265, MaxPositions = 514, TypeVocabSize = 1 },
        ["roberta-large"] = new RobertaConfig { VocabSize = 50265, MaxPositions = 514, TypeVocabSize = 1, Layers = 24, HiddenSize = 1024, Heads = 16, IntermediateSize = 4096 },
        ["gpt2"] = new Gpt2Config(),
        ["gpt2-medium"] = new Gpt2Config { Layers = 24, HiddenSize = 1024, Heads = 16 },
        ["gpt2-large"] = new Gpt2Config { Layers = 36, HiddenSize = 1280, Heads = 20 },
        ["llama-2-7b"] = new LlamaConfig { MaxPositions = 4096 },
        ["llama-65b"] = new LlamaConfig { HiddenSize = 8192, IntermediateSize = 22016, Layers = 80, Heads = 64 },
        ["vit-base"] = new VitConfig(),
        ["vit-large"] = new VitConfig { Layers = 24, HiddenSize = 1024, Heads = 16, IntermediateSize = 4096 },
        ["swin-base"] = new SwinConfig { EmbedDim = 128, Depths = [2, 2, 18, 2], Heads = [4, 8, 16, 32] },
        ["swin-large"] = new SwinConfig { EmbedDim = 192, Depths = [2, 2, 18, 2], Heads = [6, 12, 24, 48] },
    };

    /// <summary>The architecture of a model as Hugging Face names its repository, such as <c>bert-large-uncased</c>; null when it is not known.</summary>
    public static ModelConfig? OfRepository(string name) =>
        All.Where(known => name.StartsWith(known.Key, StringComparison.OrdinalIgnoreCase)).OrderByDescending(known => known.Key.Length).Select(known => known.Value).FirstOrDefault();
}
