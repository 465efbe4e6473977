using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;
using SafeTune.Tokenization;

namespace SafeTune.Training;

/// <summary>Chooses what reads a model's examples.</summary>
internal static class ExampleEncoders
{
    /// <summary>The encoder of a model.</summary>
    /// <param name="model">Decides between texts, prompts and images.</param>
    /// <param name="folder">With the tokenizer's files, or the image processor's.</param>
    /// <param name="maxLength">Tokens kept of a text.</param>
    public static ExampleEncoder For(Transformer model, string folder, int maxLength)
    {
        var isRegression = model.HeadOptions.Task == TaskKind.Regression;
        if (model.Config.ImageSide is { } side) return new ImageEncoder(ImageProcessorConfig.Read(folder, (int)side), isRegression);
        var tokenizer = AutoTokenizer.Load(folder);
        model.Config.CheckTokenizer(tokenizer.VocabularySize);
        return model.HeadOptions.Task == TaskKind.LanguageModelling ? new PromptEncoder(tokenizer, maxLength) : new TextEncoder(tokenizer, maxLength, isRegression);
    }
}
