using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// Residual, dropout and layer normalisation (Ba et al. 2016) or RMSNorm (Zhang and Sennrich 2019) in one pass over each row.
internal sealed unsafe partial class CpuKernels<TVector>
{
    [MethodImpl(Optimized)]
    public override void Norm(in NormShape s, long first, long count, float* f, float* x, float* y, float* rstd, float* normalised)
    {
        var n = s.Columns;
        for (var row = first; row < first + count; row++)
        {
            // dropout(f) + x, then overwritten.
            var z = y + (row * n);
            var centred = x + (row * n);
            if (f != null)
            {
                DropRow(s.Dropout, row, n, f + (row * n), z);
                Map(n, z, default(Add), z, x + (row * n));
                centred = z;
            }
            var mean = s.RootMeanSquare ? 0 : Fold(n, default(Add), centred) / n;
            var variance = Fold(n, new AddSquareFrom(mean), centred) / n;
            var r = rstd[row] = 1 / MathF.Sqrt(variance + s.Epsilon);
            if (normalised != null) Map(n, normalised + (row * n), new Normalise(mean, r), centred);
            if (s.Bias != null) Map(n, z, new NormaliseAffinely(mean, r), centred, s.Weight, s.Bias);
            else Map(n, z, new NormaliseWeighted(mean, r), centred, s.Weight);
        }
    }

    [MethodImpl(Optimized)]
    public override void NormBackward(
        in NormShape s, long first, long count, float* y, float* normalised, float* rstd, float* gy, float* gx, float* gf)
    {
        var n = s.Columns;
        for (var row = first; row < first + count; row++)
        {
            var g = gy + (row * n);
            var to = (gx != null ? gx : gf) + (row * n);
            var h = normalised != null ? normalised + (row * n) : to;
            if (normalised == null)
            {
                // What was normalised is the output before weight and bias.
                if (s.Bias != null) Map(n, to, default(WithoutAffine), y + (row * n), s.Weight, s.Bias);
                else Map(n, to, default(WithoutWeight), y + (row * n), s.Weight);
            }
            var mean = s.RootMeanSquare ? 0 : SumOfProducts(n, g, s.Weight) / n;
            var slope = SumOfProducts(n, g, s.Weight, h) / n;
            Map(n, to, new NormGradient(rstd[row], mean, slope), g, s.Weight, h);
            if (gf != null) DropRow(s.Dropout, row, n, to, gf + (row * n));
        }
    }

    // sum + (a - mean)^2.
    private readonly struct AddSquareFrom(float mean) : IBinary
    {
        private readonly TVector mean = TVector.All(mean);

        [MethodImpl(Inline)]
        public TVector Of(TVector sum, TVector a) => TVector.MultiplyAdd(a - mean, a - mean, sum);
    }

    private readonly struct Normalise(float mean, float r) : IUnary
    {
        private readonly TVector mean = TVector.All(mean), r = TVector.All(r);

        [MethodImpl(Inline)]
        public TVector Of(TVector a) => (a - mean) * r;
    }

    private readonly struct NormaliseWeighted(float mean, float r) : IBinary
    {
        private readonly TVector mean = TVector.All(mean), r = TVector.All(r);

        [MethodImpl(Inline)]
        public TVector Of(TVector a, TVector weight) => (a - mean) * r * weight;
    }

    private readonly struct NormaliseAffinely(float mean, float r) : ITernary
    {
        private readonly TVector mean = TVector.All(mean), r = TVector.All(r);

        [MethodImpl(Inline)]
        public TVector Of(TVector a, TVector weight, TVector bias) => TVector.MultiplyAdd((a - mean) * r, weight, bias);
    }

    private readonly struct WithoutWeight : IBinary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector y, TVector weight) => y / weight;
    }

    private readonly struct WithoutAffine : ITernary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector y, TVector weight, TVector bias) => (y - bias) / weight;
    }

    // With h what was normalised: r (g w - mean(g w) - h mean(g w h)).
    private readonly struct NormGradient(float r, float mean, float slope) : ITernary
    {
        private readonly TVector r = TVector.All(r), mean = TVector.All(-mean), slope = TVector.All(-slope);

        [MethodImpl(Inline)]
        public TVector Of(TVector g, TVector weight, TVector h) => r * TVector.MultiplyAdd(h, slope, TVector.MultiplyAdd(g, weight, mean));
    }
}
