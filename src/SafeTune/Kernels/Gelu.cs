using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// GELU (Hendrycks and Gimpel 2016) in the erf form.
internal sealed unsafe partial class CpuKernels<TVector>
{
    [MethodImpl(Optimized)]
    public override void Gelu(long count, float* x, float* y) => Map(count, y, default(Active), x);

    [MethodImpl(Optimized)]
    public override void GeluBackward(long count, float* x, float* gy, float* gx) => Map(count, gx, default(ActiveSlope), x, gy);

    // The normal distribution's cumulative function.
    [MethodImpl(Inline)]
    private static TVector Cumulative(TVector x) =>
        TVector.MultiplyAdd(TVector.All(0.5f), VectorFunctions.ErrorFunction(x * TVector.All(0.707106781f)), TVector.All(0.5f));

    private readonly struct Active : IUnary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector x) => x * Cumulative(x);
    }

    // Cumulative plus x times the density, e^(-x^2 / 2) / sqrt(2 pi).
    private readonly struct ActiveSlope : IBinary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector x, TVector above)
        {
            var power = VectorFunctions.Exponential(TVector.All(-0.5f) * x * x);
            return above * TVector.MultiplyAdd(x * power, TVector.All(0.398942280f), Cumulative(x));
        }
    }
}
