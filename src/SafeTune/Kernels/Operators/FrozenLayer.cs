using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>A frozen linear layer with a low-rank adapter beside it, or without one.</summary>
/// <param name="Weight">[out, in], or [in, out].</param>
/// <param name="IsInputFirst">The weight is [in, out].</param>
/// <param name="Bias">[out], or null.</param>
/// <param name="A">[rank, in]; null without an adapter, as is <paramref name="B"/>.</param>
/// <param name="B">[out, rank].</param>
/// <param name="Scale">Of the adapter's output.</param>
/// <param name="Dropout">Of the adapter's input.</param>
internal sealed record FrozenLayer(Tensor Weight, bool IsInputFirst, Tensor? Bias, Tensor? A, Tensor? B, double Scale, DropoutRule Dropout)
{
    public long InFeatures => Weight.shape[IsInputFirst ? 0 : 1];

    public long OutFeatures => Weight.shape[IsInputFirst ? 1 : 0];

    public bool Trains => A is { requires_grad: true } || B is { requires_grad: true };

    public LowRankShape Shape => new() { In = InFeatures, Out = OutFeatures, Rank = A!.shape[0], Scale = (float)Scale, Dropout = Dropout };

    /// <summary>The weight as [out, in]: a view, the caller's.</summary>
    public Tensor Matrix() => IsInputFirst ? Weight.t() : Weight.alias();

    /// <summary>B as [rank, out], contiguous, without history: the caller's.</summary>
    public Tensor TransposedB()
    {
        using var plain = B!.detach();
        using var transposed = plain.t();
        return transposed.contiguous();
    }

    /// <exception cref="ArgumentException">The tensors do not fit each other or an input of so many features.</exception>
    public void Check(long features)
    {
        Plain.Require(Weight.dim() == 2 && InFeatures == features, "A layer's input features must be x's last dimension.");
        if (A is null || B is null) return;
        Plain.Require(A);
        Plain.Require(B);
        Plain.Require(A.shape[0] <= CpuKernels.MostRanks, $"The rank must be at most {CpuKernels.MostRanks}.");
        Plain.Require(A.shape[1] == features && B.shape[0] == OutFeatures && B.shape[1] == A.shape[0], "A and B must fit the layer.");
    }
}
