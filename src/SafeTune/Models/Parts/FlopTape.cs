namespace SafeTune.Models;

/// <summary>Adds up the matrix products of a training step while a model walks through its layers without computing them.</summary>
/// <remarks>
/// Stands for autograd: a value is only "needs a gradient", which it does when something trainable is below it. A product with a weight costs a weight
/// gradient when the weight learns, and every product costs an input gradient for each operand that needs one.
/// </remarks>
public sealed class FlopTape
{
    /// <summary>What was counted so far.</summary>
    public Flops Flops { get; private set; }

    /// <summary>A linear layer with its adapter.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Whether its input needs a gradient.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <returns>Whether its output does.</returns>
    public bool Linear(Projection layer, bool input, long rows)
    {
        var y = Linear(input, layer.Weight.Trains, rows, layer.InFeatures, layer.OutFeatures) | layer.Bias is { Trains: true };
        return layer.Adapter is { Enabled: true } adapter ? y | adapter.Count(this, input, rows) : y;
    }

    /// <summary>A product with a weight.</summary>
    /// <inheritdoc cref="Linear(Projection, bool, long)"/>
    /// <param name="input">Whether the input needs a gradient.</param>
    /// <param name="weightTrains">Whether the weight learns.</param>
    /// <param name="rows">Rows of the input.</param>
    /// <param name="inFeatures">Columns of the input.</param>
    /// <param name="outFeatures">Columns of the output.</param>
    public bool Linear(bool input, bool weightTrains, long rows, long inFeatures, long outFeatures)
    {
        var cost = 2 * rows * inFeatures * outFeatures;
        Flops += new Flops(cost, input ? cost : 0, weightTrains ? cost : 0);
        return input | weightTrains;
    }

    /// <summary>The two products of scaled dot-product attention.</summary>
    /// <param name="query">Whether the queries need a gradient; likewise <paramref name="key"/> and <paramref name="value"/>.</param>
    /// <param name="key">Keys.</param>
    /// <param name="value">Values.</param>
    /// <param name="batch">Sequences (of Swin: windows).</param>
    /// <param name="length">Tokens in each.</param>
    /// <param name="width">Features of all heads together.</param>
    /// <returns>Whether the context needs a gradient.</returns>
    public bool Attention(bool query, bool key, bool value, long batch, long length, long width)
    {
        var cost = 2 * batch * length * length * width;
        var scores = Product(query, key, cost);
        return Product(scores, value, cost);
    }

    /// <summary>A layer without matrix products, such as a norm: only whether something learns in it counts.</summary>
    public static bool Through(Component layer, bool input) => input || layer.NamedWeights().Any(entry => entry.Weight.Trains);

    private bool Product(bool left, bool right, long cost)
    {
        Flops += new Flops(cost, (left ? cost : 0) + (right ? cost : 0), 0);
        return left | right;
    }
}
