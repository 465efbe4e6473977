using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Generation;
using SafeTune.Metrics;
using SafeTune.Metrics.Text;
using SafeTune.Models;
using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;

namespace SafeTune.Training;

/// <summary>Runs a model over a dataset without training.</summary>
internal static class Evaluation
{
    /// <summary>
    /// The scores of the task, as fractions: those of <see cref="TaskMetrics"/>, a language model's <c>loss</c> (nats a token; of an encoder, a masked one) and <c>perplexity</c> (of passages also a word's), or of answers
    /// <c>exact_match</c> and <c>f1</c>, or of generated texts <c>bleu</c>, <c>nist</c>, <c>meteor</c>, <c>rouge_l</c> and <c>cider</c>.
    /// </summary>
    /// <param name="data">Labelled.</param>
    /// <param name="model">The model.</param>
    /// <param name="pass">The corridor.</param>
    /// <param name="batches">The data's.</param>
    /// <param name="generation">How texts are generated where the data has references to hold them against.</param>
    public static IReadOnlyDictionary<string, double> Scores(Dataset data, Transformer model, ForwardPass pass, Batches batches, GenerationOptions? generation = null) => data.Task switch
    {
        TaskKind.LanguageModelling when data.Examples[0] is ReferencedPromptExample => Generated(data, model, batches, generation ?? new GenerationOptions()),
        TaskKind.LanguageModelling or TaskKind.MaskedLanguageModelling => Perplexity(data, TokenLoss(data.Task, model, pass, batches)),
        TaskKind.QuestionAnswering => Answers(data, AnswerSearch.Find(data, batches, Logits(model, pass, batches), new AnswerOptions())),
        _ => Scores(data, Logits(model, pass, batches)),
    };

    private static Dictionary<string, double> Generated(Dataset data, Transformer model, Batches batches, GenerationOptions options)
    {
        var encoder = (PromptEncoder)batches.Encoder;
        var generator = new Generation.Generator(model, options with { EndIds = options.EndIds ?? encoder.EndIds });
        var texts = new string[data.Examples.Count];
        foreach (var rows in batches.ByLength())
        {
            var found = generator.Generate([.. rows.Select(row => ((PromptEncoder.Encoded)batches.Row(row).Encoded).Ids)]);
            for (var i = 0; i < rows.Length; i++) texts[batches.Row(rows[i]).Example] = encoder.Decode(found[i].Ids).Trim();
        }

        var scores = TextMetrics.E2e(texts, [.. data.Examples.Select(example => ((ReferencedPromptExample)example).References)]);
        return new() { ["bleu"] = scores.Bleu, ["nist"] = scores.Nist, ["meteor"] = scores.Meteor, ["rouge_l"] = scores.RougeL, ["cider"] = scores.Cider };
    }

    private static Dictionary<string, double> Perplexity(Dataset data, (double Sum, long Tokens) loss)
    {
        var mean = loss.Sum / loss.Tokens;
        var scores = new Dictionary<string, double> { ["loss"] = mean, ["perplexity"] = Math.Exp(mean) };
        // Tokens differ from model to model, words do not.
        if (data.Examples.All(example => example is PassageExample)) scores["word_perplexity"] = Math.Exp(loss.Sum / data.Examples.Cast<PassageExample>().Sum(passage => passage.Words));
        return scores;
    }

    private static Dictionary<string, double> Answers(Dataset data, IReadOnlyList<IReadOnlyList<Answer>> answers)
    {
        var scores = SquadMetrics.Of([.. answers.Select(best => best[0].Text)], [.. data.Examples.Select(example => ((QuestionExample)example).Answers)]);
        return new() { ["exact_match"] = scores.ExactMatch / 100, ["f1"] = scores.F1 / 100 };
    }

    /// <summary>The scores of predictions made from logits: the largest one's class, or the number itself.</summary>
    public static IReadOnlyDictionary<string, double> Scores(Dataset data, double[][] logits) => TaskMetrics.Of(
        data.IsRegression, data.Labels, [.. data.Examples.Select(example => example.Label)],
        [.. logits.Select(row => data.IsRegression ? row[0] : Array.IndexOf(row, row.Max()))], data.PositiveClass);

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
    private static (double Sum, long Tokens) TokenLoss(TaskKind task, Transformer model, ForwardPass pass, Batches batches)
    {
        var (sum, tokens) = (0.0, 0L);
        ForEachBatch(model, pass, batches, (_, batch, output) =>
        {
            var predicted = Predicted(batch, task);
            if (predicted == 0) return;
            sum += output.Loss!.item<float>() * predicted;
            tokens += predicted;
        });
        return (sum, tokens);
    }

    /// <summary>What a batch's loss is the mean over: tokens to be predicted, or examples.</summary>
    internal static long Predicted(Batch batch, TaskKind task) => task switch
    {
        TaskKind.MaskedLanguageModelling => batch.Shape.Masked,
        TaskKind.LanguageModelling => Labelled(batch.Labels!),
        _ => batch.Size,
    };

    // The first token of a text has none before it.
    private static long Labelled(Tensor labels)
    {
        using var scope = NewDisposeScope();
        return labels.narrow(1, 1, labels.shape[1] - 1).ne(Kept(-100)).sum().item<long>();
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
