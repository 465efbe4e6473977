using SafeTune.Batching;
using SafeTune.Models;

namespace SafeTune.Measurement;

/// <summary>Counts the matrix products of a training step from shapes alone, as PyTorch's FlopCounterMode counts those it sees (eager attention).</summary>
/// <remarks>
/// Follows autograd: blocks below the lowest trainable part cost their forward pass only, a frozen block above it still passes gradients on (through its
/// adapter as well), and the lowest trainable block computes no gradient of its own input, nor of the keys where only query and value are adapted.
/// Element-wise work, norms, softmax, embeddings and the optimizer are not counted. The model need not be loaded: what it has and what trains is enough.
/// </remarks>
public static class FlopCounter
{
    /// <summary>One training step: forward and backward of one batch.</summary>
    public static Flops Step(Transformer model, InputShape input)
    {
        var tape = new FlopTape();
        var hidden = model.CountEmbedding(tape, input);
        foreach (var block in model.Blocks) hidden = block.Count(tape, hidden, input);
        model.CountHead(tape, hidden, input);
        return tape.Flops;
    }
}
