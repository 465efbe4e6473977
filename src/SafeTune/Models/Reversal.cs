using SafeTune.Batching;
using SafeTune.Kernels;
using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A forward pass through reversible blocks that keeps the last two streams only, and the backward pass that finds each block's inputs from its outputs.</summary>
internal sealed class Reversal : IDeferredBackward
{
    private readonly Transformer model;
    private readonly ReversibleBlocks blocks;
    private readonly ForwardPass pass;
    private readonly BlockContext context;
    private readonly Tensor hidden, last;
    private readonly long seed;
    private Tensor y1, y2;

    /// <summary>Runs the blocks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pass">The corridor.</param>
    /// <param name="hidden">What enters the lowest reversible block; taken over.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="seed">Of dropout.</param>
    public Reversal(Transformer model, ForwardPass pass, Tensor hidden, Batch batch, long seed)
    {
        (this.model, this.pass, this.hidden, this.seed, blocks) = (model, pass, hidden, seed, model.Reversible!);
        context = model.Context(batch);
        using var off = no_grad();
        (y1, y2) = blocks.Run(hidden, Block);
        last = y1.to(model.Dtype);
        last.requires_grad = true;
        BlockSeed.Set(model, seed, model.Blocks.Count);
    }

    /// <summary>The last block's output, a leaf of the head's graph.</summary>
    public Tensor Last => last;

    /// <summary>Goes back through the blocks, after the head, and on into the graph of what entered them.</summary>
    public void Backward()
    {
        using var scope = NewDisposeScope();
        if (last.grad is not { } gradient) return;
        var (gradient1, gradient2) = (gradient, (Tensor?)null);
        for (var i = model.Blocks.Count - 1; i >= blocks.First; i--)
        {
            using var inner = NewDisposeScope();
            var (next1, next2) = Back(i, gradient1, gradient2);
            gradient1.Dispose();
            gradient2?.Dispose();
            (gradient1, gradient2) = (next1.MoveToOuterDisposeScope(), next2.MoveToOuterDisposeScope());
        }

        if (hidden.requires_grad) hidden.Backward(gradient1.Plus(gradient2!));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hidden.Dispose();
        last.Dispose();
        y1.Dispose();
        y2.Dispose();
        context.Dispose();
    }

    // From the gradients of y₁ and y₂ to those of this block's y₁ and y₂ in the block below, which are x₂ and x₁.
    private (Tensor X2, Tensor X1) Back(int i, Tensor gradient1, Tensor? gradient2)
    {
        Tensor x1, x2;
        var total = gradient1;
        var adapted = y1.to(ScalarType.Float32);
        using (no_grad()) x2 = y2.Over(blocks.Beta);
        if (blocks.Adapter(i) is { } adapter)
        {
            adapted.requires_grad = true;
            var g = adapter.Forward(adapted);
            using (no_grad()) x2 = (y2 - g).Over(blocks.Beta);
            g.Backward(gradient2!.to(ScalarType.Float32));
            total = gradient1.Plus(adapted.grad!);
        }

        var input = x2.to(model.Dtype);
        // Below the lowest block that trains nobody asks for a gradient.
        var passesOn = i > blocks.First || hidden.requires_grad;
        if (passesOn) input.requires_grad = true;
        var f = Block(i, input);
        using (no_grad()) x1 = (y1 - f).Over(blocks.Lambda);
        f.Backward(total.to(f.dtype));
        Replace(x2, x1);
        // Whoever called disposes the gradients that came in.
        if (!passesOn) return (total.alias(), total.alias());
        var below = gradient2 is null ? input.grad! : input.grad!.Plus(gradient2.Times(blocks.Beta));
        return (below, total.Times(blocks.Lambda));
    }

    // The streams change places between two blocks.
    private void Replace(Tensor x2, Tensor x1)
    {
        y1.Dispose();
        y2.Dispose();
        (y1, y2) = (x2.DetachFromDisposeScope(), x1.DetachFromDisposeScope());
    }

    private Tensor Block(int i, Tensor x)
    {
        BlockSeed.Set(model, seed, i);
        return pass.Block(i, x, context);
    }
}
