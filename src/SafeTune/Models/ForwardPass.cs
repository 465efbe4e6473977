using SafeTune.Batching;
using SafeTune.Kernels;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The one loop over blocks. Whatever acts per block acts here: the frozen prefix, the disposal of what a block leaves behind, gradient checkpointing, reversible blocks.</summary>
/// <remarks>Autograd keeps activations from the lowest trainable parameter upwards, so only a frozen <em>prefix</em> frees memory.</remarks>
public sealed class ForwardPass(Transformer model) : IDisposable
{
    private readonly Stack<IDeferredBackward> pending = new();

    /// <summary>Whether a training step keeps the blocks' inputs only and computes everything else again in the backward pass: less memory, one more forward pass.</summary>
    public bool Recomputes { get; set; }

    /// <summary>Seed of the next pass's dropout in blocks that the backward pass computes again.</summary>
    public long Seed { get; set; }

    /// <summary>How many leading blocks run without autograd; see <see cref="Refresh"/>.</summary>
    public int Prefix { get; private set; } = model.LowestTrainableBlock;

    /// <summary>Whether the frozen prefix of a training step runs in evaluation mode, without dropout. The paper's keeps it.</summary>
    public bool PrefixEvaluates { get; set; }

    /// <summary>Keeps the frozen prefix's outputs, so that it runs once for each example; null = it always runs. Needs <see cref="PrefixEvaluates"/>.</summary>
    public PrefixCache? Cache { get; set; }

    /// <summary>The first block that the last pass computed: those below came from <see cref="Cache"/>.</summary>
    public int FirstComputed { get; private set; }

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
        Dispose();
        using var context = model.Context(batch) with { Cache = cache };
        var learns = is_grad_enabled() && cache is null && Prefix < model.Blocks.Count;
        var hidden = Lower(batch, context, learns);
        if (model.Reversible is { } reversible) hidden = Upper(reversible, hidden, batch, context, learns);
        using (hidden) return model.Head(hidden, batch);
    }

    /// <summary>The backward pass of the last <see cref="Run"/>: gradients of everything that trains.</summary>
    /// <param name="loss">The output's loss, or something made from it.</param>
    public void Backward(Tensor loss)
    {
        loss.Backward();
        while (pending.TryPop(out var part))
        {
            using (part) part.Backward();
        }
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

    /// <summary>Drops what a pass kept for a backward pass that did not follow.</summary>
    public void Dispose()
    {
        while (pending.TryPop(out var part)) part.Dispose();
    }

    // All blocks but the reversible ones.
    private Tensor Lower(Batch batch, BlockContext context, bool learns)
    {
        var end = model.Reversible?.First ?? model.Blocks.Count;
        if (Recomputes && learns && Prefix < end)
        {
            var part = new Recomputation(model, this, batch, end, Seed);
            pending.Push(part);
            return part.Last.alias();
        }

        var (first, hidden) = Bottom(batch, context);
        return Through(first, end, hidden, context);
    }

    /// <summary>What the first block to run with dropout reads, and its index: the embedding, or the output of a prefix that evaluates.</summary>
    internal (int First, Tensor Hidden) Bottom(Batch batch, BlockContext context)
    {
        FirstComputed = 0;
        if (!PrefixEvaluates || Prefix == 0 || !model.Training || context.Cache is not null) return (0, Embed(batch));
        using var off = no_grad();
        model.Train(false);
        try
        {
            var (first, kept) = Cache?.Read(batch, model.Dtype, model.Device) ?? (0, Embed(batch));
            // Blocks that were frozen since take what is kept further.
            var hidden = Through(first, Prefix, kept, context);
            if (first < Prefix) Cache?.Write(batch, Prefix, hidden);
            FirstComputed = first;
            return (Prefix, hidden);
        }
        finally
        {
            model.Train();
        }
    }

    // Takes ownership of the hidden state.
    private Tensor Through(int first, int end, Tensor hidden, BlockContext context)
    {
        for (var i = first; i < end; i++)
        {
            var next = Block(i, hidden, context);
            hidden.Dispose();
            hidden = next;
            AfterBlock?.Invoke(i, hidden);
        }

        return hidden;
    }

    private Tensor Upper(ReversibleBlocks blocks, Tensor hidden, Batch batch, BlockContext context, bool learns)
    {
        if (learns)
        {
            var part = new Reversal(model, this, hidden, batch, Seed);
            pending.Push(part);
            return part.Last.alias();
        }

        using (hidden)
        using (no_grad())
        {
            var (y1, y2) = blocks.Run(hidden, (i, x) => Block(i, x, context));
            y2.Dispose();
            using (y1) return y1.to(model.Dtype);
        }
    }
}

/// <summary>A part of a forward pass that goes back by itself, after what is above it.</summary>
internal interface IDeferredBackward : IDisposable
{
    /// <summary>Computes the gradients of the part's weights and of what entered it.</summary>
    void Backward();
}
