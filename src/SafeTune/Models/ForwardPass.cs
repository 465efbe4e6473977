using SafeTune.Batching;
using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>The one loop over blocks. Whatever acts per block acts here: the frozen prefix and the disposal of what a block leaves behind.</summary>
/// <remarks>Autograd keeps activations from the lowest trainable parameter upwards, so only a frozen <em>prefix</em> frees memory.</remarks>
public sealed class ForwardPass(Transformer model)
{
    /// <summary>How many leading blocks run without autograd; see <see cref="Refresh"/>.</summary>
    public int Prefix { get; private set; } = model.LowestTrainableBlock;

    /// <summary>Told after each block of <see cref="Run"/> its index and its output; training measures memory with it.</summary>
    public Action<int, Tensor>? AfterBlock { get; set; }

    /// <summary>Reads the prefix anew from what trains; call it after freezing.</summary>
    public void Refresh() => Prefix = model.LowestTrainableBlock;

    /// <summary>Runs a batch; the caller disposes the result.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cache">What the tokens before these left; they add to it. Null outside generation.</param>
    public ModelOutput Run(Batch batch, KeyValueCache? cache = null)
    {
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
}
