using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Generation;

/// <summary>The likeliest token each time.</summary>
internal static class Greedy
{
    /// <summary>Continues each prompt until an end token or the maximum length.</summary>
    /// <param name="model">The model, at the prompts.</param>
    /// <param name="prompts">Padded on the left to one length.</param>
    /// <param name="options">How.</param>
    /// <returns>The new tokens of each row, the end token included, and their joint log-probability.</returns>
    public static (int[] Tokens, double Score)[] Search(INextToken model, IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        var rows = prompts.Count;
        var ends = options.EndIds ?? [];
        List<int>[] texts = [.. prompts.Select(prompt => prompt.ToList())];
        var (lengths, sums) = (new int[rows], new double[rows]);
        var open = Enumerable.Repeat(true, rows).ToArray();
        int[] all = [.. Enumerable.Range(0, rows)], next = [];
        for (var step = 0; step < options.MaxNewTokens && open.Contains(true); step++)
        {
            using var scope = NewDisposeScope();
            var scores = step == 0 ? model.Start() : model.Advance(all, next);          // [rows, vocabulary]
            var logs = scores.log_softmax(-1);
            for (var row = 0; row < rows; row++) Ban(scores, row, texts[row], options.NoRepeatNgram);
            var best = scores.argmax(-1);
            var chosen = best.cpu().data<long>().ToArray();
            var gained = logs.gather(1, best.unsqueeze(1)).cpu().data<float>().ToArray();
            next = [.. Enumerable.Range(0, rows).Select(row => open[row] ? (int)chosen[row] : options.PadId)];
            for (var row = 0; row < rows; row++)
            {
                texts[row].Add(next[row]);
                if (!open[row]) continue;
                sums[row] += gained[row];
                lengths[row]++;
                open[row] = !ends.Contains(next[row]);
            }
        }

        return [.. all.Select(row => (texts[row].GetRange(prompts[row].Length, lengths[row]).ToArray(), sums[row]))];
    }

    /// <summary>Makes the tokens that would repeat an n-gram impossible.</summary>
    internal static void Ban(Tensor scores, int row, List<int> text, int ngram)
    {
        long[] banned = [.. RepeatedNgrams.After(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text), ngram).Select(id => (long)id)];
        if (banned.Length == 0) return;
        using var ids = tensor(banned, device: scores.device);
        using var own = scores.select(0, row);
        own.index_fill_(0, ids, Kept(float.NegativeInfinity));
    }
}
