using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The one loop over blocks. Whatever acts per block acts here: the frozen prefix and the disposal of what a block leaves behind.</summary>
/// <remarks>Autograd keeps activations from the lowest trainable parameter upwards, so only a frozen <em>prefix</em> frees memory.</remarks>
public sealed class ForwardPass(Transformer model) : IDisposable
{
    private Recomputation? pending;

    /// <summary>Whether a training step keeps the blocks' inputs only and computes everything else again in the backward pass: less memory, one more forward pass.</summary>
    public bool Recomputes { get; set; }

    /// <summary>Seed of the next pass's dropout where <see cref="Recomputes"/> is on.</summary>
    public long Seed { get; set; }

    /// <summary>How many leading blocks run without autograd; see <see cref="Refresh"/>.</summary>
    public int Prefix { get; private set; } = model.LowestTrainableBlock;

    /// <summary>Told after each block of <see cref="Run"/> its index and its output; training measures memory with it.</summary>
    public Action<int, Tensor>? AfterBlock { get; set; }

    /// <summary>Reads the prefix anew from what trains; call it after freezing.</summary>
    /// <param name="atLeast">Leading blocks that run without autograd whatever trains in them.</param>
    public void Refresh(int atLeast = 0) => Prefix = Math.Max(atLeast, model.LowestTrainableBlock);

    /// <summary>Runs a batch; the caller disposes the result.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cache">What the tokens before these left; they add to it. Null outside generation.</param>
    public ModelOutput Run(Batch batch, KeyValueCache? cache = null)
    {
        if (Recomputes && cache is null && is_grad_enabled() && Prefix < model.Blocks.Count)
        {
            pending?.Dispose();
            pending = new Recomputation(model, this, batch, Seed);
            return model.Head(pending.Last, batch);
        }

        using var context = model.Context(batch) with { Cache = cache };
        var hidden = Embed(batch);
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            var next = Block(i, hidden, context);
            hidden.Dispose();
            hidden = next;
            AfterBlock?.Invoke(i, hidden);
        }
        using (hidden) return model.Head(hidden, batch);
    }

    /// <summary>The backward pass of the last <see cref="Run"/>: gradients of everything that trains.</summary>
    /// <param name="loss">The output's loss, or something made from it.</param>
    public void Backward(Tensor loss)
    {
        loss.backward();
        if (pending is null) return;
        using (pending) pending.Backward();
        pending = null;
    }

    /// <summary>The first hidden state, [batch, seq, hidden].</summary>
    public Tensor Embed(Batch batch)
    {
        using var mode = Prefix > 0 ? no_grad() : null;
        using var scope = NewDisposeScope();
        return model.Embed(batch).MoveToOuterDisposeScope();
    }

    /// <summary>Hidden state after block <paramref name="index"/>; <paramref name="hidden"/> stays the caller's.</summary>
    public Tensor Block(int index, Tensor hidden, BlockContext context)
    {
        using var mode = index < Prefix ? no_grad() : null;
        using var scope = NewDisposeScope();
        return model.Blocks[index].Forward(hidden, context).MoveToOuterDisposeScope();
    }

    /// <summary>Drops what a pass with <see cref="Recomputes"/> kept when no backward pass followed.</summary>
    public void Dispose()
    {
        pending?.Dispose();
        pending = null;
    }
}
