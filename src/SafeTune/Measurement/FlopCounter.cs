using SafeTune.Batching;
using SafeTune.Models;

namespace SafeTune.Measurement;

/// <summary>Counts the matrix products of a training step from shapes alone, as PyTorch's FlopCounterMode counts those it sees (eager attention).</summary>
/// <remarks>
/// Follows autograd: blocks below the lowest trainable part cost their forward pass only, a frozen block above it still passes gradients on (through its
/// adapter as well), and the lowest trainable block computes no gradient of its own input, nor of the keys where only query and value are adapted.
/// Element-wise work, norms, softmax, embeddings and the optimizer are not counted. An adapter counts as its own products where evaluation folds it into a weight, too. The model need not be loaded: what it has and what trains is enough.
/// </remarks>
public static class FlopCounter
{
    /// <summary>One training step: forward and backward of one batch.</summary>
    /// <param name="model">As it stands: what it has and what trains.</param>
    /// <param name="input">The batch's shape.</param>
    /// <param name="recomputedFrom">The first block whose forward pass the backward pass computes again; null = none but reversible ones.</param>
    /// <param name="firstComputed">Blocks below it, and the embedding, were not computed: their outputs had been kept.</param>
    public static Flops Step(Transformer model, InputShape input, int? recomputedFrom = null, int firstComputed = 0)
    {
        var tape = new Tape();
        var context = model.TraceContext(tape, input);
        var hidden = model.TraceEmbedding(tape, input);
        var (again, kept) = (0L, firstComputed > 0 ? tape.Flops.Forward : 0);
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            var before = tape.Flops.Forward;
            hidden = model.Blocks[i].Trace(hidden, context);
            var isReversible = i >= model.Reversible?.First;
            if (isReversible) hidden = model.Reversible!.Trace(i, hidden);
            if (i < firstComputed) kept += tape.Flops.Forward - before;
            if (i >= recomputedFrom || isReversible) again += tape.Flops.Forward - before;
        }

        model.TraceHead(hidden, input);
        return tape.Flops + new Flops(again - kept, 0, 0);
    }
}
