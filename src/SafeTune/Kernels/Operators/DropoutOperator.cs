using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>Dropout whose mask is drawn again in the backward pass.</summary>
internal static unsafe class DropoutOperator
{
    /// <summary>A rule with a seed from torch's own generator, so that <c>manual_seed</c> decides here too; none is drawn where nothing is dropped.</summary>
    /// <param name="p">Probability, rounded to a multiple of 2⁻¹⁶.</param>
    public static DropoutRule Rule(double p)
    {
        Plain.Require(p is >= 0 and < 1, $"The probability of dropout must be at least 0 and below 1, got {p}.");
        if (DropoutRule.Of(seed: 0, p).Threshold == 0) return DropoutRule.None;
        using var seed = randint(0, long.MaxValue, [1], ScalarType.Int64);
        return DropoutRule.Of(*(ulong*)THSTensor_data(seed.Handle), p);
    }

    /// <summary>x with the rule's elements dropped, differentiable as often as one likes.</summary>
    public static Tensor Apply(Tensor x, DropoutRule rule)
    {
        Plain.Require(x);
        if (rule.Threshold == 0) return x.alias();
        var y = empty_like(x);
        float* from = Floats(x), to = Floats(y);
        CpuThreads.ForRows(x.numel(), 256 * CpuKernels.TileWidth, (first, count) =>
            CpuKernels.Current.Dropout(rule, (ulong)(first / CpuKernels.TileWidth), count, from + first, to + first));
        if (AutogradNode.IsWanted(x)) AutogradNode.Attach([x], [y], [], (above, _) =>
        {
            using var gradient = above[0]!.contiguous();
            return [Apply(gradient, rule)];
        });
        return y;
    }

    /// <summary>What the rule multiplies the elements of rows of <paramref name="columns"/> with, each row being drawn as whole tiles: [rows, columns].</summary>
    public static Tensor Factors(DropoutRule rule, long rows, long columns)
    {
        if (rule.Threshold == 0) return ones(rows, columns);
        var tiles = CpuKernels.TilesOf(columns);
        using var drawn = empty(rows, tiles * CpuKernels.TileWidth);
        var to = Floats(drawn);
        CpuThreads.ForRows(rows, 256, (first, count) =>
            CpuKernels.Current.KeepFactors(rule, (ulong)(first * tiles), count * tiles, to + (first * tiles * CpuKernels.TileWidth)));
        return drawn.narrow(1, 0, columns);
    }
}
