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
    /// <param name="maxLength">Tokens kept of a text, or in one of its windows.</param>
    /// <param name="stride">Tokens that neighbouring windows share; null = a third of <paramref name="maxLength"/>.</param>
    public static ExampleEncoder For(Transformer model, string folder, int maxLength, int? stride = null)
    {
        var isRegression = model.HeadOptions.Task == TaskKind.Regression;
        if (model.Config.ImageSide is { } side) return new ImageEncoder(ImageProcessorConfig.Read(folder, (int)side), isRegression);
        var tokenizer = AutoTokenizer.Load(folder);
        model.Config.CheckTokenizer(tokenizer.VocabularySize);
        return model.HeadOptions.Task switch
        {
            TaskKind.LanguageModelling => new PromptEncoder(tokenizer, maxLength, stride ?? maxLength / 3),
            TaskKind.MaskedLanguageModelling => new MaskedEncoder(tokenizer, maxLength),
            TaskKind.QuestionAnswering => new QuestionEncoder(tokenizer, maxLength, stride ?? maxLength / 3),
            _ => new TextEncoder(tokenizer, maxLength, isRegression),
        };
    }
}
