using SafeTune.Torch;
using static SafeTune.Torch.LibTorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>
/// LN(dropout(f) + x) over the last dimension; LN(x) without f, RMSNorm without a bias. Of a row only 1 / standard deviation is kept beside the output,
/// from which the input's normalised form is rebuilt.
/// </summary>
internal static unsafe class NormOperator
{
    private const long Part = 32;

    /// <param name="f">As x, or null.</param>
    /// <param name="x">[..., columns].</param>
    /// <param name="weight">[columns], frozen.</param>
    /// <param name="bias">[columns], frozen; null for RMSNorm.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="dropout">Probability, of f's elements.</param>
    /// <exception cref="ArgumentException">The tensors do not fit each other.</exception>
    public static Tensor Apply(Tensor? f, Tensor x, Tensor weight, Tensor? bias, double eps, double dropout)
    {
        Check(f, x, weight, bias);
        var columns = weight.numel();
        var rows = x.numel() / columns;
        var rule = DropoutOperator.Rule(f is null ? 0 : dropout);
        var y = empty_like(x);
        using var rstd = empty(x.shape[..^1]);
        using var normalised = IsInvertible(weight, bias) ? null : empty_like(x);
        var shape = Shape(weight, bias, eps, rule);
        float* pf = Floats(f), px = Floats(x), py = Floats(y), pr = Floats(rstd), pn = Floats(normalised);
        CpuThreads.ForRows(rows, Part, (first, count) => CpuKernels.Current.Norm(shape, first, count, pf, px, py, pr, pn));
        bool wantsF = AutogradNode.IsWanted(f), wantsX = AutogradNode.IsWanted(x);
        if (!wantsF && !wantsX) return y;

        // Only who differentiates twice asks for the gradients of the second and third output.
        AutogradNode.Attach(
            f is null ? [x] : [f, x],
            normalised is null ? [y, rstd] : [y, rstd, normalised],
            [normalised is null ? y : null, normalised, rstd, weight, bias],
            (above, saved) => Gradients(above, saved, f: f is null ? null : wantsF, wantsX, eps, rule));
        return y;
    }

    private static void Check(Tensor? f, Tensor x, Tensor weight, Tensor? bias)
    {
        Plain.Require(x);
        Plain.Require(weight);
        if (bias is not null) Plain.Require(bias);
        if (f is not null)
        {
            Plain.Require(f);
            Plain.Require(f.shape.AsSpan().SequenceEqual(x.shape), "f and x must have one shape.");
        }

        Plain.Require(!AutogradNode.IsWanted(weight, bias), "The norm's weight and bias must be frozen.");
        Plain.Require(x.dim() > 0 && x.shape[^1] == weight.numel(), "The last dimension must be the weight's.");
    }

    // Whether (y - bias) / weight gives back what was normalised to float32's precision.
    private static bool IsInvertible(Tensor weight, Tensor? bias)
    {
        float* w = Floats(weight), b = Floats(bias);
        for (var i = 0L; i < weight.numel(); i++)
        {
            var size = MathF.Abs(w[i]);
            if (size < 1e-6f || (b != null && size < 0.02f * MathF.Abs(b[i]))) return false;
        }

        return true;
    }

    private static NormShape Shape(Tensor weight, Tensor? bias, double eps, DropoutRule rule) => new()
    {
        Columns = weight.numel(), Weight = Floats(weight), Bias = Floats(bias), Epsilon = (float)eps, RootMeanSquare = bias is null, Dropout = rule,
    };

    // `f` tells whether there is one, and whether it wants its gradient.
    private static Tensor?[] Gradients(Tensor?[] above, Tensor?[] saved, bool? f, bool wantsX, double eps, DropoutRule rule)
    {
        var (y, normalised, rstd, weight, bias) = (saved[0], saved[1], saved[2]!, saved[3]!, saved[4]);
        var aboveNormalised = above.Length > 2 ? above[2] : null;
        using var gy = above[0] is { } given ? given.contiguous() : zeros_like((normalised ?? y)!);
        if (AutogradNode.IsDifferentiatedAgain || above[1] is not null || aboveNormalised is not null)
        {
            var composed = Composed(y, normalised, rstd, weight, bias, gy, above[1], aboveNormalised);
            return f is null ? [composed] : [DropoutOperator.Apply(composed, rule), composed];
        }

        // One tensor serves both where nothing is dropped.
        var together = f == true && wantsX && rule.Threshold == 0;
        var gx = wantsX ? empty_like(gy) : null;
        var gf = f == true && !together ? empty_like(gy) : null;
        var shape = Shape(weight, bias, eps, rule);
        float* py = Floats(y), pn = Floats(normalised), pr = Floats(rstd), pg = Floats(gy), px = Floats(gx), pf = Floats(gf);
        CpuThreads.ForRows(rstd.numel(), Part, (first, count) => CpuKernels.Current.NormBackward(shape, first, count, py, pn, pr, pg, px, pf));
        return f is null ? [gx] : [together ? gx!.alias() : gf, gx];
    }

    // The same gradient from torch's operators: through y, rstd and what was normalised, which autograd knows as this operator's outputs.
    private static Tensor Composed(Tensor? y, Tensor? normalised, Tensor rstd, Tensor weight, Tensor? bias, Tensor gy, Tensor? aboveRstd, Tensor? aboveNormalised)
    {
        using var scope = NewDisposeScope();
        var h = normalised ?? ((bias is null ? y! : y! - bias) / weight);
        var scaled = aboveNormalised is null ? gy * weight : (gy * weight).Plus(aboveNormalised);
        var gradient = scaled - (h * (scaled * h).mean([-1L], keepdim: true));
        if (bias is not null) gradient -= scaled.mean([-1L], keepdim: true);
        gradient *= rstd.unsqueeze(-1);
        if (aboveRstd is not null) gradient -= ((aboveRstd * rstd * rstd).unsqueeze(-1) * h).Over(weight.numel());
        return gradient.MoveToOuterDisposeScope();
    }
}
