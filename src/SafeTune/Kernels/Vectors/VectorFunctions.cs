using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

/// <summary>exp and erf of vectors. Their bounds come first in Larger and Smaller, so that what is no number stays none.</summary>
internal static class VectorFunctions
{
    /// <summary>e^x to 2 units in the last place; 0 below -87.3. What is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exponential<TVector>(TVector x)
        where TVector : struct, IVector<TVector>
    {
        var lowest = TVector.All(-87.33654f);
        var within = TVector.Smaller(TVector.All(88.37626f), TVector.Larger(lowest, x));
        // 1.5 * 2^23: adding it rounds to an integer.
        var shift = TVector.All(12582912f);
        var n = TVector.MultiplyAdd(within, TVector.All(1.44269504f), shift) - shift;
        // x - n ln 2, with ln 2 in two parts.
        var r = TVector.MultiplyAdd(n, TVector.All(2.12194440e-4f), TVector.MultiplyAdd(n, TVector.All(-0.693359375f), within));
        var p = TVector.All(1.9875691500e-4f);
        p = TVector.MultiplyAdd(p, r, TVector.All(1.3981999507e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.All(8.3334519073e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.All(4.1665795894e-2f));
        p = TVector.MultiplyAdd(p, r, TVector.All(1.6666665459e-1f));
        p = TVector.MultiplyAdd(p, r, TVector.All(5.0000001201e-1f));
        p = TVector.MultiplyAdd(p * r, r, r) + TVector.All(1);
        return TVector.ZeroBelow(x, lowest, p * TVector.PowerOfTwo(n));
    }

    /// <summary>erf as a quotient of polynomials (Eigen's coefficients), to 3 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ErrorFunction<TVector>(TVector x)
        where TVector : struct, IVector<TVector>
    {
        x = TVector.Smaller(TVector.All(4), TVector.Larger(TVector.All(-4), x));
        var s = x * x;
        var p = TVector.All(-2.72614225801306e-10f);
        p = TVector.MultiplyAdd(p, s, TVector.All(2.77068142495902e-08f));
        p = TVector.MultiplyAdd(p, s, TVector.All(-2.10102402082508e-06f));
        p = TVector.MultiplyAdd(p, s, TVector.All(-5.69250639462346e-05f));
        p = TVector.MultiplyAdd(p, s, TVector.All(-7.34990630326855e-04f));
        p = TVector.MultiplyAdd(p, s, TVector.All(-2.95459980854025e-03f));
        p = TVector.MultiplyAdd(p, s, TVector.All(-1.60960333262415e-02f));
        var q = TVector.All(-1.45660718464996e-05f);
        q = TVector.MultiplyAdd(q, s, TVector.All(-2.13374055278905e-04f));
        q = TVector.MultiplyAdd(q, s, TVector.All(-1.68282697438203e-03f));
        q = TVector.MultiplyAdd(q, s, TVector.All(-7.37332916720468e-03f));
        q = TVector.MultiplyAdd(q, s, TVector.All(-1.42647390514189e-02f));
        return x * p / q;
    }
}
