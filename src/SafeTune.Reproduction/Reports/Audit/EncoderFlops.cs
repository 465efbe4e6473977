namespace SafeTune.Reproduction.Reports.Audit;

/// <summary>
/// The matrix products of a Transformer encoder's blocks by the rules of <see cref="SafeTune.Measurement.FlopCounter"/>, a token, in closed form. Adapters and the head are
/// left out: at rank 4 they are less than a hundredth.
/// </summary>
/// <param name="Blocks">How many.</param>
/// <param name="Hidden">The width; the feed-forward part is four times as wide.</param>
/// <param name="Length">Tokens of an example.</param>
internal sealed record EncoderFlops(int Blocks, long Hidden, long Length)
{
    private double Products => 24d * Hidden * Hidden;
    private double Attention => 4d * Length * Hidden;

    /// <summary>One block's forward pass.</summary>
    public double Forward => Products + Attention;

    /// <summary>One block's backward pass with frozen weights: gradients of the inputs alone, of which each attention product has two.</summary>
    public double Backward => Products + (2 * Attention);

    /// <summary>The share of a step's compute that is left when the lowest <paramref name="frozen"/> blocks are frozen from the first step on.</summary>
    public double ShareLeft(int frozen) => ((Blocks * Forward) + ((Blocks - frozen) * Backward)) / (Blocks * (Forward + Backward));
}
