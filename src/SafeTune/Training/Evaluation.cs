using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Metrics;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Runs a model over a dataset without training.</summary>
internal static class Evaluation
{
    /// <summary>The scores of the task, as fractions: those of <see cref="TaskMetrics"/>, or a language model's <c>loss</c> (nats a token) and <c>perplexity</c>.</summary>
    public static IReadOnlyDictionary<string, double> Scores(Dataset data, Transformer model, ForwardPass pass, Batches batches)
    {
        if (data.Task != TaskKind.LanguageModelling) return Scores(data, Logits(model, pass, batches));
        var loss = TokenLoss(model, pass, batches);
        return new Dictionary<string, double> { ["loss"] = loss, ["perplexity"] = Math.Exp(loss) };
    }

    /// <summary>The scores of predictions made from logits: the largest one's class, or the number itself.</summary>
    public static IReadOnlyDictionary<string, double> Scores(Dataset data, double[][] logits) => TaskMetrics.Of(
        data.IsRegression, data.Labels, [.. data.Examples.Select(example => example.Label)],
        [.. logits.Select(row => data.IsRegression ? row[0] : Array.IndexOf(row, row.Max()))]);

    /// <summary>The logits of every example, in the data's order: [labels] each.</summary>
    public static double[][] Logits(Transformer model, ForwardPass pass, Batches batches)
    {
        var logits = new double[batches.Rows][];
        ForEachBatch(model, pass, batches, (rows, _, output) =>
        {
            using var single = output.Logits.to(ScalarType.Float32);
            using var onCpu = single.cpu();
            var values = onCpu.data<float>().ToArray();
            var labels = values.Length / rows.Length;
            for (var i = 0; i < rows.Length; i++) logits[rows[i]] = [.. values.AsSpan(i * labels, labels).ToArray().Select(value => (double)value)];
        });
        return logits;
    }

    // Every batch's mean counts as much as it has tokens.
    private static double TokenLoss(Transformer model, ForwardPass pass, Batches batches)
    {
        var (sum, tokens) = (0.0, 0L);
        ForEachBatch(model, pass, batches, (_, batch, output) =>
        {
            using var scope = NewDisposeScope();
            var predicted = batch.Labels!.narrow(1, 1, batch.Labels.shape[1] - 1).ne(-100).sum().item<long>();
            if (predicted == 0) return;
            sum += output.Loss!.item<float>() * predicted;
            tokens += predicted;
        });
        return sum / tokens;
    }

    private static void ForEachBatch(Transformer model, ForwardPass pass, Batches batches, Action<int[], Batch, ModelOutput> use)
    {
        var wasTraining = model.Training;
        model.Train(false);
        using var off = no_grad();
        var order = batches.ByLength();
        using var ahead = batches.Announce(order);
        foreach (var rows in order)
        {
            using var batch = batches.Of(rows);
            using var output = pass.Run(batch);
            use(rows, batch, output);
        }

        model.Train(wasTraining);
    }
}
