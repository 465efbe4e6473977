using SafeTune.Batching;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Generation;

/// <summary>A model that reads every token once and keeps its keys and values.</summary>
internal sealed class CachedModel(Transformer model, IReadOnlyList<int[]> prompts, int padId) : INextToken, IDisposable
{
    private readonly ForwardPass pass = new(model);
    private readonly KeyValueCache cache = new();
    private int[] padding = [];
    private int length;

    /// <summary>Tokens given to the model so far, over all rows, padding included.</summary>
    public long TokensRead { get; private set; }

    public Tensor Start()
    {
        length = prompts.Max(prompt => prompt.Length);
        padding = [.. prompts.Select(prompt => length - prompt.Length)];
        // Padding stands on the left, so that all prompts end together.
        return Run([.. prompts.SelectMany(prompt => Enumerable.Repeat(padId, length - prompt.Length).Concat(prompt))], length);
    }

    public Tensor Advance(IReadOnlyList<int> parents, IReadOnlyList<int> tokens)
    {
        if (!parents.SequenceEqual(Enumerable.Range(0, padding.Length)))
        {
            using var rows = tensor(parents.Select(row => (long)row).ToArray(), device: model.Device);
            cache.Reorder(rows);
            padding = [.. parents.Select(row => padding[row])];
        }

        length++;
        return Run([.. tokens], 1);
    }

    public void Dispose() => cache.Dispose();

    private Tensor Run(int[] ids, int count)
    {
        var rows = padding.Length;
        var mask = new long[rows * length];
        var positions = new long[rows * count];
        for (var row = 0; row < rows; row++)
        {
            for (var i = padding[row]; i < length; i++) mask[(row * length) + i] = 1;
            // Padding has position 1, as transformers gives it; nothing sees it.
            for (var i = 0; i < count; i++) positions[(row * count) + i] = length - count + i - padding[row] is >= 0 and var position ? position : 1;
        }

        using var scope = NewDisposeScope();
        TokensRead += ids.Length;
        using var batch = new TextBatch(
            Of(Array.ConvertAll(ids, id => (long)id), rows, count), Of(mask, rows, length), zeros([rows, count], ScalarType.Int64, model.Device), Labels: null)
        {
            Positions = Of(positions, rows, count),
        };
        using var output = pass.Run(batch, cache);
        return output.Logits.select(1, count - 1).to(ScalarType.Float32).clone().MoveToOuterDisposeScope();
    }

    private Tensor Of(long[] values, long rows, long columns) => tensor(values, [rows, columns], ScalarType.Int64, model.Device);
}
