using SafeTune.Batching;
using SafeTune.Kernels;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A forward pass whose blocks keep nothing but their input, and the backward pass that computes the rest again (gradient checkpointing, Chen et al. 2016).</summary>
/// <remarks>Each block draws its dropout from a seed of its own, so that both times it drops the same.</remarks>
internal sealed class Recomputation : IDeferredBackward
{
    private readonly Transformer model;
    private readonly ForwardPass pass;
    private readonly BlockContext context;
    private readonly Tensor embedded, last;
    private readonly Tensor?[] inputs;
    private readonly long seed;

    /// <summary>Runs the blocks below <paramref name="end"/>.</summary>
    public Recomputation(Transformer model, ForwardPass pass, Batch batch, int end, long seed)
    {
        (this.model, this.pass, this.seed) = (model, pass, seed);
        context = model.Context(batch);
        inputs = new Tensor?[end];
        (var first, embedded) = pass.Bottom(batch, context);
        using var off = no_grad();
        var hidden = embedded.detach();
        for (var i = first; i < inputs.Length; i++)
        {
            BlockSeed.Set(model, seed, i);
            var next = pass.Block(i, hidden, context);
            if (i < pass.Prefix) hidden.Dispose();
            else inputs[i] = hidden;
            hidden = next;
            pass.AfterBlock?.Invoke(i, hidden);
        }

        last = hidden;
        last.requires_grad = true;
        BlockSeed.Set(model, seed, end);
    }

    /// <summary>The last of these blocks' output, a leaf of the graph above.</summary>
    public Tensor Last => last;

    /// <summary>Goes back through the blocks, after what is above them.</summary>
    public void Backward()
    {
        var gradient = last.grad;
        for (var i = inputs.Length - 1; i >= pass.Prefix && gradient is not null; i--)
        {
            using var input = inputs[i]!;
            inputs[i] = null;
            // Below the lowest block that trains nobody asks for a gradient.
            if (i > pass.Prefix || model.EmbeddingsTrain) input.requires_grad = true;
            BlockSeed.Set(model, seed, i);
            using var output = pass.Block(i, input, context);
            using (gradient) output.Backward(gradient);
            gradient = input.grad;
        }

        using (gradient)
        {
            if (gradient is not null && model.EmbeddingsTrain) embedded.Backward(gradient);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var input in inputs) input?.Dispose();
        embedded.Dispose();
        last.Dispose();
        context.Dispose();
    }
}

/// <summary>The seed of one block's dropout within a step.</summary>
internal static class BlockSeed
{
    /// <summary>Sets it, where dropout is on.</summary>
    public static void Set(Transformer model, long seed, int block)
    {
        if (model.Training) manual_seed(unchecked(seed + (block * 0x9E3779B9L)) & long.MaxValue);
    }
}
