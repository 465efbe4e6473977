namespace SafeTune.Measurement;

/// <summary>Counts the matrix products of a training step from shapes alone, as PyTorch's FlopCounterMode counts those it sees (eager attention).</summary>
/// <remarks>
/// Follows autograd: a value needs a gradient when something trainable is below it, so a product costs a weight gradient when its weight
/// learns, and an input gradient for each operand that needs one. Blocks below the lowest trainable part therefore cost their forward
/// pass only, a frozen block above it still passes gradients on (through its adapter as well), and the lowest trainable block computes
/// no gradient of its own input, nor of the keys where only query and value are adapted.
/// Element-wise work, norms, softmax, embeddings and the optimizer are not counted.
/// </remarks>
public static class FlopCounter
{
    private static readonly string[] Projections = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"];

    /// <summary>One training step: forward and backward of one batch. The classifier always trains.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="blocks">One state a block, bottom first.</param>
    /// <param name="embeddingsTrain">The embeddings learn, so every block passes gradients on.</param>
    /// <param name="poolerTrains">The pooler's weight learns.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="sequence">Tokens of an example, padding included.</param>
    /// <exception cref="ArgumentException">Not one state a block, or an unknown LoRA target.</exception>
    public static Flops Step(TransformerShape shape, IReadOnlyList<BlockState> blocks, bool embeddingsTrain, bool poolerTrains, long batch, long sequence)
    {
        Check(shape, blocks);
        var tape = new Tape();
        var hidden = embeddingsTrain;
        foreach (var block in blocks) hidden = Block(tape, shape, block, hidden, batch, sequence);
        if (shape.Pooler) hidden = tape.Linear(hidden, poolerTrains, batch, shape.Hidden, shape.Hidden);
        tape.Linear(hidden, true, batch, shape.Hidden, shape.Labels);
        return tape.Flops;
    }

    // Takes and returns whether the hidden state needs a gradient.
    private static bool Block(Tape tape, TransformerShape shape, BlockState block, bool x, long batch, long sequence)
    {
        long tokens = batch * sequence, h = shape.Hidden, attention = 2 * batch * sequence * sequence * h;
        bool Project(string name, bool input, long inputs, long outputs)
        {
            var y = tape.Linear(input, block.WeightsTrain, tokens, inputs, outputs);
            if (!block.HasAdapter || !shape.LoraTargets.Contains(name)) return y;
            var down = tape.Linear(input, block.AdapterTrains, tokens, inputs, shape.LoraRank);
            return y | tape.Linear(down, block.AdapterTrains, tokens, shape.LoraRank, outputs);
        }

        var query = Project("query", x, h, h);
        var key = Project("key", x, h, h);
        var value = Project("value", x, h, h);
        var scores = tape.Product(query, key, attention);
        var context = tape.Product(scores, value, attention);
        var attended = x | Project("attention.output.dense", context, h, h);
        var inner = Project("intermediate.dense", attended, h, shape.Intermediate);
        return attended | Project("output.dense", inner, shape.Intermediate, h);
    }

    private static void Check(TransformerShape shape, IReadOnlyList<BlockState> blocks)
    {
        if (blocks.Count != shape.Layers)
            throw new ArgumentException($"Expected {shape.Layers} block states, one a block, found {blocks.Count}.", nameof(blocks));
        if (shape.LoraTargets.Except(Projections).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"'{unknown}' is no projection of a block, expected one of {string.Join(", ", Projections)}.", nameof(shape));
    }

    // Values are only "needs a gradient"; every product adds what it costs.
    private sealed class Tape
    {
        public Flops Flops { get; private set; }

        public bool Linear(bool input, bool weightTrains, long rows, long inputs, long outputs)
        {
            var cost = 2 * rows * inputs * outputs;
            Flops += new Flops(cost, input ? cost : 0, weightTrains ? cost : 0);
            return input | weightTrains;
        }

        public bool Product(bool left, bool right, long cost)
        {
            Flops += new Flops(cost, (left ? cost : 0) + (right ? cost : 0), 0);
            return left | right;
        }
    }
}
