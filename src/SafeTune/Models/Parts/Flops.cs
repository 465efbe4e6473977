namespace SafeTune.Models;

/// <summary>Floating-point operations of matrix products; a multiply-add counts 2.</summary>
/// <param name="Forward">Of the forward pass.</param>
/// <param name="InputGradient">Of the backward pass towards activations, which is what reaches the layers below.</param>
/// <param name="WeightGradient">Of the backward pass towards trainable weights.</param>
public readonly record struct Flops(long Forward, long InputGradient, long WeightGradient)
{
    /// <summary>Both parts of the backward pass.</summary>
    public long Backward => InputGradient + WeightGradient;

    /// <summary>Forward and backward.</summary>
    public long Total => Forward + Backward;

    /// <summary>Adds part by part.</summary>
    public static Flops operator +(Flops a, Flops b) => Add(a, b);

    /// <summary>Adds part by part.</summary>
    public static Flops Add(Flops left, Flops right) => new(
        left.Forward + right.Forward, left.InputGradient + right.InputGradient, left.WeightGradient + right.WeightGradient);

    /// <summary>So many equal steps.</summary>
    public static Flops operator *(Flops flops, long times) => Multiply(flops, times);

    /// <summary>So many equal steps.</summary>
    public static Flops Multiply(Flops left, long right) => new(
        left.Forward * right, left.InputGradient * right, left.WeightGradient * right);
}
