using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>A model in the form that every model takes here: embed, then blocks, then a head.</summary>
public abstract class Transformer : Component
{
    private ReversibleBlocks? reversible;

    /// <summary>The sizes.</summary>
    public abstract ModelConfig Config { get; }

    /// <summary>What the head predicts.</summary>
    public abstract HeadOptions HeadOptions { get; }

    /// <summary>From the first to the last.</summary>
    public abstract IReadOnlyList<Block> Blocks { get; }

    /// <summary>The head's part that is trained with any adapter method, e.g. the classifier; empty where the head is pre-trained, as a language model's.</summary>
    public abstract IEnumerable<(string Path, Weight Weight)> HeadWeights { get; }

    /// <summary>Names under which a file may repeat one of the model's weights, each with that weight's own.</summary>
    public virtual IReadOnlyDictionary<string, string> Tied => new Dictionary<string, string>();

    /// <summary>Whether weights below the first block train: then no block can run without autograd.</summary>
    public abstract bool EmbeddingsTrain { get; }

    /// <summary>What all blocks share for one batch.</summary>
    public abstract BlockContext Context(Batch batch);

    /// <summary>The batch to the first hidden state, [batch, seq, hidden].</summary>
    public abstract Tensor Embed(Batch batch);

    /// <summary>The last block's output to logits, and to the loss where the batch has labels.</summary>
    public abstract ModelOutput Head(Tensor hidden, Batch batch);

    /// <summary>Traces <see cref="Context"/> for a batch of a shape.</summary>
    public virtual FakeContext TraceContext(Tape tape, InputShape input) => new(input, []);

    /// <summary>Traces <see cref="Embed"/>.</summary>
    public abstract FakeTensor TraceEmbedding(Tape tape, InputShape input);

    /// <summary>Traces <see cref="Head"/>.</summary>
    public abstract FakeOutput TraceHead(FakeTensor hidden, InputShape input);

    /// <summary>Rows of one example's hidden state.</summary>
    public virtual long Tokens(InputShape input) => input.Length;

    /// <summary>The upper blocks coupled as reversible ones; null = the plain network.</summary>
    public ReversibleBlocks? Reversible
    {
        get => reversible;
        set
        {
            if (reversible is not null) Unregister(reversible);
            reversible = value is null ? null : Register("reversible", value);
        }
    }

    /// <summary>What Hugging Face reports as the hidden state after a block: the block's output, normalised after the last block of some families.</summary>
    /// <param name="block">The block's index.</param>
    /// <param name="hidden">Its output.</param>
    /// <returns>A tensor of the caller's; null where nothing is reported after that block.</returns>
    public virtual Tensor? Reported(int block, Tensor hidden) => hidden.alias();

    /// <summary>The element type of the weights, which hidden states and masks share.</summary>
    public ScalarType Dtype => NamedWeights().First().Weight.Value.dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => NamedWeights().First().Weight.Value.device;

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
    /// <summary>Whether its output has its input's shape.</summary>
    public virtual bool KeepsShape => true;

    /// <summary>The parts that structured pruning may take away; none in families that it does not know.</summary>
    public virtual IReadOnlyList<PrunableGroups> Prunable => [];

    /// <summary>[batch, seq, hidden] to [batch, seq, hidden]. Where a stage of a model ends, both sizes may change.</summary>
    public abstract Tensor Forward(Tensor x, BlockContext context);

    /// <summary>Traces <see cref="Forward"/>: the same steps with tensors that have no values, for what a step takes to be predicted.</summary>
    public abstract FakeTensor Trace(FakeTensor x, FakeContext context);
}

/// <summary>Parts of a block that can be left out one by one: attention heads, or channels of the feed-forward part.</summary>
/// <param name="Name">What they are, e.g. <c>heads</c>.</param>
/// <param name="Writers">The layers whose outputs they are.</param>
/// <param name="Reader">The layer whose inputs they are.</param>
/// <param name="Size">Features of one.</param>
public sealed record PrunableGroups(string Name, IReadOnlyList<Projection> Writers, Projection Reader, long Size)
{
    /// <summary>How many there are.</summary>
    public long Count => Reader.InFeatures / Size;
}

/// <summary>What all blocks share for one batch.</summary>
/// <param name="Mask">Additive attention mask as in <see cref="Attention.Forward"/>; null = every token sees every token.</param>
public record BlockContext(Tensor? Mask) : IDisposable
{
    /// <summary>No token sees a later one, and <see cref="Mask"/> does not say so.</summary>
    public bool IsCausal { get; init; }

    /// <summary>Keys and values of the tokens before the batch's own; null outside generation. Not disposed with the context.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes what the context holds.</summary>
    protected virtual void Dispose(bool disposing) => Mask?.Dispose();
}

/// <summary>What a batch gives.</summary>
/// <param name="Logits">[batch, labels] of a class or a number; [batch, seq, 2] of a span (start and end); [batch, seq, vocabulary] of a language model, and [masked, vocabulary] of the masked tokens where the batch says which are.</param>
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
