using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A model in the form that every model takes here: embed, then blocks, then a head.</summary>
public abstract class Transformer : Component
{
    /// <summary>From the first to the last.</summary>
    public abstract IReadOnlyList<Block> Blocks { get; }

    /// <summary>The head's part that is trained with any adapter method, e.g. the classifier.</summary>
    public abstract IEnumerable<(string Path, Weight Weight)> HeadWeights { get; }

    /// <summary>Whether weights below the first block train: then no block can run without autograd.</summary>
    public abstract bool EmbeddingsTrain { get; }

    /// <summary>What all blocks share for one batch.</summary>
    public abstract BlockContext Context(Batch batch);

    /// <summary>Token ids to the first hidden state, [batch, seq, hidden].</summary>
    public abstract Tensor Embed(Batch batch);

    /// <summary>The last hidden state to logits, and to the loss where the batch has labels.</summary>
    public abstract ModelOutput Head(Tensor hidden, Batch batch);

    /// <summary>The lowest block with a weight that trains; the number of blocks when none does.</summary>
    public int LowestTrainableBlock
    {
        get
        {
            if (EmbeddingsTrain) return 0;
            for (var i = 0; i < Blocks.Count; i++)
                if (Blocks[i].NamedWeights().Any(entry => entry.Weight.Trains)) return i;
            return Blocks.Count;
        }
    }
}

/// <summary>One transformer block: the unit that SAFE scores and freezes.</summary>
public abstract class Block : Component
{
    /// <summary>[batch, seq, hidden] to [batch, seq, hidden].</summary>
    public abstract Tensor Forward(Tensor x, BlockContext context);
}

/// <summary>What all blocks share for one batch.</summary>
/// <param name="Mask">Additive attention mask, [batch, 1, 1, seq]: 0, or the most negative float32 under padding.</param>
public sealed record BlockContext(Tensor Mask) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Mask.Dispose();
}

/// <summary>What a batch gives.</summary>
/// <param name="Logits">[batch, labels].</param>
/// <param name="Loss">Mean over the batch, a scalar; null without labels.</param>
public sealed record ModelOutput(Tensor Logits, Tensor? Loss) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Logits.Dispose();
        Loss?.Dispose();
    }
}
