using SafeTune.Adapters;
using SafeTune.Batching;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Freezing;

/// <summary>Scores the blocks' adapters: 1 - CKA(X, Y), equation (3), on a fixed sample of training examples.</summary>
/// <remarks>X are a block's outputs with adapters, Y those of the pre-trained model, both in evaluation mode and without padding rows.
/// The two forward passes go through the blocks side by side, so that only two hidden states are alive.</remarks>
public sealed class ImportanceProbe(Transformer model, AdapterSet adapters, ForwardPass pass, bool centre)
{
    /// <summary>One score per block, from the lowest: 0 = the adapters changed nothing, 1 = nothing is left of the original representation.</summary>
    /// <param name="batch">The sample.</param>
    public double[] Scores(Batch batch)
    {
        var wasTraining = model.Training;
        model.Train(false);
        using var off = no_grad();
        using var context = model.Context(batch);
        using var tokens = Tokens(batch);
        var adapted = pass.Embed(batch);
        var original = adapted.alias();
        var scores = new double[model.Blocks.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            Advance(ref adapted, i, context, enabled: true);
            Advance(ref original, i, context, enabled: false);
            using var x = Rows(adapted, tokens);
            using var y = Rows(original, tokens);
            scores[i] = 1 - Cka.Linear(x, y, centre);
        }

        adapted.Dispose();
        original.Dispose();
        adapters.Enabled = true;
        model.Train(wasTraining);
        return scores;
    }

    private void Advance(ref Tensor hidden, int block, BlockContext context, bool enabled)
    {
        adapters.Enabled = enabled;
        using var before = hidden;
        hidden = pass.Block(block, before, context);
    }

    // Numbers of the rows that are no padding; null = all.
    private static Tensor? Tokens(Batch batch)
    {
        if (batch.Tokens is not { } tokens) return null;
        using var onCpu = tokens.cpu();
        var mask = onCpu.data<long>().ToArray();
        return tensor(Enumerable.Range(0, mask.Length).Where(i => mask[i] == 1).Select(i => (long)i).ToArray(), device: tokens.device);
    }

    private static Tensor Rows(Tensor hidden, Tensor? tokens)
    {
        var flat = hidden.flatten(0, 1);
        if (tokens is null) return flat;                                                // [batch · seq, hidden]
        using var all = flat;
        return all.index_select(0, tokens);                                             // [tokens, hidden]
    }
}
