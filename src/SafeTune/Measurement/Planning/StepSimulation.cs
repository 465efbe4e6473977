using SafeTune.Batching;
using SafeTune.Data;
using SafeTune.Models;

namespace SafeTune.Measurement;

/// <summary>What a training step is predicted to take.</summary>
/// <param name="ActivationBytes">Held when the forward pass ends, above what is resident: the batch, the output, and what autograd keeps.</param>
/// <param name="PeakBytes">Most held during the step, above what is resident.</param>
/// <param name="Flops">Matrix products.</param>
public sealed record StepPrediction(long ActivationBytes, long PeakBytes, Flops Flops);

/// <summary>A training step as <see cref="ForwardPass"/> and the training loop take it, with tensors that have no values.</summary>
internal sealed class StepSimulation
{
    private readonly Transformer model;
    private readonly InputShape input;
    private readonly int prefix;
    private readonly Tape tape = new();

    private StepSimulation(Transformer model, InputShape input) => (this.model, this.input, prefix) = (model, input, model.LowestTrainableBlock);

    /// <summary>Takes the step.</summary>
    /// <param name="model">In training mode, as it stands: what it has and what trains. No weight need be loaded.</param>
    /// <param name="input">The batch's shape.</param>
    /// <param name="recomputes">See <see cref="ForwardPass.Recomputes"/>.</param>
    /// <param name="parts">How many batches of the shape go through the model before the weights are updated.</param>
    public static StepPrediction Run(Transformer model, InputShape input, bool recomputes, int parts = 1)
    {
        var simulation = new StepSimulation(model, input);
        var activations = 0L;
        // The second part finds the gradients of the first; so does every further one.
        for (var part = 0; part < Math.Min(parts, 2); part++)
            activations = Math.Max(activations, recomputes && simulation.prefix < model.Blocks.Count ? simulation.Recompute(parts > 1) : simulation.Plain(parts > 1));
        simulation.tape.Update();
        return new StepPrediction(activations, simulation.tape.PeakBytes, FlopCounter.Step(model, input, recomputes ? simulation.prefix : null) * parts);
    }

    /// <summary>Most bytes held while one batch is evaluated, without dropout and autograd.</summary>
    public static long Evaluation(Transformer model, InputShape input) => WithoutTraining(model, input, simulation =>
    {
        using var batch = simulation.Batch();
        using var output = simulation.Forward();
    });

    /// <summary>Most bytes held while SAFE's probe scores a sample.</summary>
    public static long Probe(Transformer model, InputShape input) => WithoutTraining(model, input, simulation => simulation.Probe());

    private static long WithoutTraining(Transformer model, InputShape input, Action<StepSimulation> run)
    {
        var (wasTraining, simulation) = (model.Training, new StepSimulation(model, input));
        model.Train(false);
        using (simulation.tape.NoGrad()) run(simulation);
        model.Train(wasTraining);
        return simulation.tape.PeakBytes;
    }

    // As ImportanceProbe: both networks go through the blocks side by side.
    private void Probe()
    {
        using var batch = Batch();
        using var context = model.TraceContext(tape, input);
        var adapted = Embed();
        var original = adapted.Detached();
        using var tokens = tape.Tensor(sizeof(long), adapted.Rows);
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            using (var before = adapted) adapted = Block(i, before, context);
            using (var before = original) original = Block(i, before, context);
            using var x = adapted.Copy([.. adapted.Shape]);
            using var y = original.Copy([.. original.Shape]);
            tape.Allocate(CkaBytes(x.Rows, x.Features)).Release();
        }

        adapted.Dispose();
        original.Dispose();
    }

    // See Cka: float64; both sides centred, and products of n × n or of p × p numbers.
    private static long CkaBytes(long n, long p) => sizeof(double) * (2 * n < 3 * p ? (4 * n * p) + (5 * n * n) : (6 * p * p) + (4 * Math.Min(n, 2048) * p));

    private long Plain(bool isPart)
    {
        using var batch = Batch();
        using var output = Forward();
        var held = tape.CurrentBytes;
        Backward(output.Loss, isPart);
        return held;
    }

    private FakeOutput Forward()
    {
        using var context = model.TraceContext(tape, input);
        var hidden = Embed();
        for (var i = 0; i < model.Blocks.Count; i++)
        {
            using var entered = hidden;
            hidden = Block(i, entered, context);
        }

        using (hidden) return model.TraceHead(hidden, input);
    }

    // As Recomputation: the forward pass keeps the blocks' inputs, the backward pass runs each block again.
    private long Recompute(bool isPart)
    {
        using var batch = Batch();
        var inputs = new FakeTensor[model.Blocks.Count];
        var others = model.TraceContext(tape, input);
        using var context = model.TraceContext(tape, input);
        using var embedded = Embed();
        var hidden = embedded.Detached();
        using (tape.NoGrad())
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var next = Block(i, hidden, context);
                if (i < prefix) hidden.Dispose();
                else inputs[i] = hidden;
                hidden = next;
            }
        }

        using var last = hidden.Leaf();
        hidden.Dispose();
        using var output = model.TraceHead(last, input);
        others.Dispose();
        var held = tape.CurrentBytes;
        Backward(output.Loss, isPart);
        var gradient = last.Gradient?.Retain();
        for (var i = inputs.Length - 1; i >= prefix && gradient is not null; i--)
        {
            using var entered = i > prefix || model.EmbeddingsTrain ? inputs[i].Leaf() : inputs[i].Detached();
            inputs[i].Dispose();
            using var left = Block(i, entered, context);
            tape.Backward(left, gradient);
            gradient.Release();
            gradient = entered.Gradient?.Retain();
        }

        if (gradient is not null && model.EmbeddingsTrain) tape.Backward(embedded, gradient);
        gradient?.Release();
        return held;
    }

    // The loss of a part is multiplied by what it counts.
    private void Backward(FakeTensor loss, bool isPart)
    {
        using var scaled = isPart ? loss.Scaled() : null;
        tape.Backward(scaled ?? loss);
    }

    private FakeTensor Embed()
    {
        using var mode = tape.NoGrad(prefix > 0);
        return model.TraceEmbedding(tape, input);
    }

    private FakeTensor Block(int index, FakeTensor hidden, FakeContext context)
    {
        using var mode = tape.NoGrad(index < prefix);
        return model.Blocks[index].Trace(hidden, context);
    }

    // Ids, attention mask and segments of text, or pixels; and the labels.
    private FakeTensor Batch()
    {
        var labels = model.HeadOptions.Task switch
        {
            TaskKind.LanguageModelling or TaskKind.MaskedLanguageModelling => input.Size * input.Length,
            TaskKind.QuestionAnswering => 2 * input.Size,
            _ => input.Size,
        };
        return tape.Tensor(1, ((labels + input.Masked + (3 * input.Size * input.Length)) * sizeof(long)) + (input.Size * model.Config.Colours * input.Height * input.Width * sizeof(float)));
    }
}
