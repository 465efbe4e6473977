using SafeTune.Torch;
using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>GELU in the erf form; keeps its input, as torch's does.</summary>
internal static unsafe class GeluOperator
{
    private const long Part = 16384;

    public static Tensor Apply(Tensor x)
    {
        Plain.Require(x);
        var y = empty_like(x);
        float* from = Floats(x), to = Floats(y);
        CpuThreads.ForRows(x.numel(), Part, (first, count) => CpuKernels.Current.Gelu(count, from + first, to + first));
        if (AutogradNode.IsWanted(x)) AutogradNode.Attach([x], [y], [x], static (above, saved) => [Gradient(saved[0]!, above[0]!)]);
        return y;
    }

    private static Tensor Gradient(Tensor x, Tensor above)
    {
        if (AutogradNode.IsDifferentiatedAgain) return Composed(x, above);
        using var gradient = above.contiguous();
        var result = empty_like(gradient);
        float* from = Floats(x), gy = Floats(gradient), to = Floats(result);
        CpuThreads.ForRows(x.numel(), Part, (first, count) => CpuKernels.Current.GeluBackward(count, from + first, gy + first, to + first));
        return result;
    }

    // Φ(x) + x φ(x) times the gradient.
    private static Tensor Composed(Tensor x, Tensor above)
    {
        using var scope = NewDisposeScope();
        var cumulative = x.Times(Math.Sqrt(0.5)).erf().Plus(1).Times(0.5);
        var density = (x.Times(-0.5) * x).exp().Over(Math.Sqrt(2 * Math.PI));
        return (above * cumulative.Plus(x * density)).MoveToOuterDisposeScope();
    }
}
