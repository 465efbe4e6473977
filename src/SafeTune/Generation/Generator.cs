using SafeTune.Data;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Generation;

/// <summary>What was generated for a prompt.</summary>
/// <param name="Ids">The new tokens, the end token included where one came.</param>
/// <param name="Score">The log-probability of all of them; of beam search divided by length ^ penalty.</param>
public sealed record Generated(IReadOnlyList<int> Ids, double Score);

/// <summary>Continues texts with a causal language model: greedily or by beam search, the same tokens as transformers' <c>generate</c> without sampling.</summary>
public sealed class Generator
{
    private readonly Transformer model;
    private readonly GenerationOptions options;

    /// <summary>Prepares to generate.</summary>
    /// <exception cref="UsageException">The model predicts no tokens, or an option is out of range.</exception>
    public Generator(Transformer model, GenerationOptions options)
    {
        if (model.HeadOptions.Task != TaskKind.LanguageModelling)
            throw new UsageException($"A {model.Config.ModelType} model with a head for {model.HeadOptions.Task} generates no text; load a language model (gpt2, llama).");
        options.Check();
        (this.model, this.options) = (model, options);
    }

    /// <summary>Continues prompts, all of them in one batch.</summary>
    /// <param name="prompts">Tokens of each, at least one; they may differ in length.</param>
    /// <exception cref="UsageException">A prompt is empty, or too long for the model.</exception>
    public IReadOnlyList<Generated> Generate(IReadOnlyList<int[]> prompts)
    {
        if (prompts.Count == 0) return [];
        if (prompts.Any(prompt => prompt.Length == 0)) throw new UsageException("A prompt is empty, and the model needs a token to go on from; begin with some text.");
        var longest = prompts.Max(prompt => prompt.Length);
        if (longest + options.MaxNewTokens > model.Config.MaxTokens)
            throw new UsageException($"A prompt of {longest} tokens and {options.MaxNewTokens} new ones are more than the {model.Config.MaxTokens} that the model reads; ask for fewer new tokens or shorten the prompt.");
        int[][] padded = [.. prompts.Select(prompt => Enumerable.Repeat(options.PadId, longest - prompt.Length).Concat(prompt).ToArray())];
        var wasTraining = model.Training;
        model.Train(false);
        try
        {
            using var off = no_grad();
            using var reader = new CachedModel(model, prompts, options.PadId);
            var found = options.Beams == 1 ? Greedy.Search(reader, padded, options) : new BeamSearch(reader, padded, options).Search();
            return [.. found.Select(entry => new Generated(entry.Tokens, entry.Score))];
        }
        finally
        {
            model.Train(wasTraining);
        }
    }
}
