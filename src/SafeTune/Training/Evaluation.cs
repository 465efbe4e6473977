using SafeTune.Batching;
using SafeTune.Metrics;
using SafeTune.Models;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Runs a model over a dataset without training.</summary>
internal static class Evaluation
{
    /// <summary>The logits of every example, in the data's order: [labels] each.</summary>
    public static double[][] Logits(Transformer model, ForwardPass pass, Batches batches)
    {
        var wasTraining = model.Training;
        model.Train(false);
        using var off = no_grad();
        var logits = new double[batches.Rows][];
        foreach (var rows in batches.ByLength())
        {
            using var batch = batches.Of(rows);
            using var output = pass.Run(batch);
            using var onCpu = output.Logits.cpu();
            var values = onCpu.data<float>().ToArray();
            var labels = values.Length / rows.Length;
            for (var i = 0; i < rows.Length; i++) logits[rows[i]] = [.. values.AsSpan(i * labels, labels).ToArray().Select(value => (double)value)];
        }

        model.Train(wasTraining);
        return logits;
    }

    /// <summary>The scores of predictions made from logits: the largest one's class, or the number itself.</summary>
    public static IReadOnlyDictionary<string, double> Scores(Data.Dataset data, double[][] logits) => TaskMetrics.Of(
        data.IsRegression, data.Labels, [.. data.Examples.Select(example => example.Label)],
        [.. logits.Select(row => data.IsRegression ? row[0] : Array.IndexOf(row, row.Max()))]);
}
