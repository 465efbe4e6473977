using SafeTune.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Freezing;

/// <summary>Linear centred kernel alignment: how alike two representations of the same inputs are, whatever rotation and scale lie between them.</summary>
/// <remarks>
/// Kornblith et al. 2019, "Similarity of Neural Network Representations Revisited"; equation (2) of the SAFE paper:
/// CKA(X, Y) = ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖), Frobenius norms.
/// </remarks>
public static class Cka
{
    // Rows converted to float64 at a time: the copies stay small however many rows there are.
    private const long RowsAtATime = 2048;

    /// <summary>Linear CKA of two sets of activations.</summary>
    /// <param name="x">[n, p], any floating type and device; row i belongs to the same input as row i of <paramref name="y"/>.</param>
    /// <param name="y">[n, q], on the same device.</param>
    /// <param name="centre">Subtract each column's mean, as linear CKA is defined; false is the paper's equation (2) as printed.</param>
    /// <returns>Between 0 and 1. When both are constant (all zero, uncentred) 1, when one of them is 0; NaN when an input is not finite.</returns>
    /// <remarks>
    /// Accumulates in float64. Takes the feature form (p², q², pq numbers) or the Gram form (2 n² numbers), whichever needs fewer multiplications.
    /// </remarks>
    /// <exception cref="ArgumentException">Not two matrices with the same number of rows, at least one.</exception>
    public static double Linear(Tensor x, Tensor y, bool centre = true)
    {
        if (x.shape is not [var n, var p] || y.shape is not [var m, var q] || n != m || n < 1)
            throw new ArgumentException($"CKA needs two matrices with the same number of rows, found [{string.Join(", ", x.shape)}] and [{string.Join(", ", y.shape)}].");
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var gram = (double)n * (p + q) < (double)p * p + (double)q * q + (double)p * q;
        var (xx, yy, xy) = gram ? Gram(x, y, centre) : Features(x, y, centre);
        if (double.IsNaN(xx) || double.IsNaN(yy) || double.IsNaN(xy)) return double.NaN;
        if (xx == 0 || yy == 0) return xx == yy ? 1 : 0;
        return Math.Min(1, xy / Math.Sqrt(xx) / Math.Sqrt(yy));
    }

    // ‖XᵀX‖², ‖YᵀY‖², ‖YᵀX‖² through the n × n matrices K = X Xᵀ and L = Y Yᵀ: <K, K>, <L, L>, <K, L>.
    private static (double XX, double YY, double XY) Gram(Tensor x, Tensor y, bool centre)
    {
        var k = Gram(x, centre);
        var l = Gram(y, centre);
        return (Sum(k * k), Sum(l * l), Sum(k * l));
    }

    private static Tensor Gram(Tensor x, bool centre)
    {
        var wide = x.to(ScalarType.Float64);
        if (centre) wide = wide - wide.mean([0], keepdim: true);
        return wide.mm(wide.t());
    }

    private static (double XX, double YY, double XY) Features(Tensor x, Tensor y, bool centre)
    {
        long n = x.shape[0], p = x.shape[1], q = y.shape[1];
        var xMean = centre ? Mean(x) : null;
        var yMean = centre ? Mean(y) : null;
        var xx = zeros(p, p, dtype: ScalarType.Float64, device: x.device);
        var yy = zeros(q, q, dtype: ScalarType.Float64, device: x.device);
        var xy = zeros(q, p, dtype: ScalarType.Float64, device: x.device);
        for (var start = 0L; start < n; start += RowsAtATime)
        {
            using var piece = NewDisposeScope();
            var xRows = Rows(x, start, xMean);
            var yRows = Rows(y, start, yMean);
            xx.Accumulate(xRows.t().mm(xRows));
            yy.Accumulate(yRows.t().mm(yRows));
            xy.Accumulate(yRows.t().mm(xRows));
        }
        return (Sum(xx * xx), Sum(yy * yy), Sum(xy * xy));
    }

    private static Tensor Mean(Tensor x)
    {
        var n = x.shape[0];
        var sum = zeros(1, x.shape[1], dtype: ScalarType.Float64, device: x.device);
        for (var start = 0L; start < n; start += RowsAtATime)
        {
            using var piece = NewDisposeScope();
            sum.Accumulate(Rows(x, start, null).sum([0L], keepdim: true));
        }
        return sum.Over(n);
    }

    private static Tensor Rows(Tensor x, long start, Tensor? mean)
    {
        var rows = x.narrow(0, start, Math.Min(RowsAtATime, x.shape[0] - start)).to(ScalarType.Float64);
        return mean is null ? rows : rows - mean;
    }

    private static double Sum(Tensor products) => products.sum().item<double>();
}
