using static TorchSharp.torch;

namespace SafeTune.Models;

/// <summary>Keys and values of the tokens that a causal model has read, so that generation reads each token once.</summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> blocks = [];

    /// <summary>Adds a block's keys and values for new tokens and returns those of all tokens so far.</summary>
    /// <param name="block">The block's index.</param>
    /// <param name="keys">[batch, heads, new, d], as are <paramref name="values"/>; both stay the caller's.</param>
    /// <param name="values">Values.</param>
    /// <returns>[batch, heads, past + new, d]; they belong to the cache.</returns>
    public (Tensor Keys, Tensor Values) Append(int block, Tensor keys, Tensor values)
    {
        var all = blocks.TryGetValue(block, out var past)
            ? (cat([past.Keys, keys], 2), cat([past.Values, values], 2))
            : (keys.clone(), values.clone());
        Replace(block, all);
        return all;
    }

    /// <summary>Keeps the given rows of the batch, in that order; beam search goes on from the best ones.</summary>
    /// <param name="rows">[batch], int64.</param>
    public void Reorder(Tensor rows)
    {
        foreach (var (block, (keys, values)) in blocks.ToArray()) Replace(block, (keys.index_select(0, rows), values.index_select(0, rows)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in blocks.Values)
        {
            keys.Dispose();
            values.Dispose();
        }

        blocks.Clear();
    }

    private void Replace(int block, (Tensor Keys, Tensor Values) next)
    {
        if (blocks.TryGetValue(block, out var old))
        {
            old.Keys.Dispose();
            old.Values.Dispose();
        }

        blocks[block] = (next.Keys.DetachFromDisposeScope(), next.Values.DetachFromDisposeScope());
    }
}
