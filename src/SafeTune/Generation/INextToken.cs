using static TorchSharp.torch;

namespace SafeTune.Generation;

/// <summary>What a search asks of a model: scores of the next token for rows of text that grow by one token a call.</summary>
internal interface INextToken
{
    /// <summary>The scores after the prompts, [prompts, vocabulary], float32; the caller disposes them.</summary>
    Tensor Start();

    /// <summary>The scores after one more token in each row.</summary>
    /// <param name="parents">For each new row, the row that it goes on from.</param>
    /// <param name="tokens">For each new row, its next token.</param>
    Tensor Advance(IReadOnlyList<int> parents, IReadOnlyList<int> tokens);
}
