using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SafeTune.Kernels;

// Loops over a row of any length: whole vectors, then what is left, one element at a time. What is done with the elements is a struct's
// method, which the JIT inlines where it would not inline a delegate.
internal sealed unsafe partial class CpuKernels<TVector>
{
    private interface IUnary
    {
        TVector Of(TVector a);
    }

    private interface IBinary
    {
        TVector Of(TVector a, TVector b);
    }

    private interface ITernary
    {
        TVector Of(TVector a, TVector b, TVector c);
    }

    /// <summary>y[i] = f(a[i]).</summary>
    [MethodImpl(Inline)]
    private static void Map<TFunction>(long count, float* y, TFunction f, float* a)
        where TFunction : struct, IUnary
    {
        var i = 0L;
        for (; i + TVector.Lanes <= count; i += TVector.Lanes) f.Of(TVector.Load(a + i)).Store(y + i);
        for (; i < count; i++) y[i] = TVector.First(f.Of(TVector.All(a[i])));
    }

    /// <summary>y[i] = f(a[i], b[i]).</summary>
    [MethodImpl(Inline)]
    private static void Map<TFunction>(long count, float* y, TFunction f, float* a, float* b)
        where TFunction : struct, IBinary
    {
        var i = 0L;
        for (; i + TVector.Lanes <= count; i += TVector.Lanes) f.Of(TVector.Load(a + i), TVector.Load(b + i)).Store(y + i);
        for (; i < count; i++) y[i] = TVector.First(f.Of(TVector.All(a[i]), TVector.All(b[i])));
    }

    /// <summary>y[i] = f(a[i], b[i], c[i]).</summary>
    [MethodImpl(Inline)]
    private static void Map<TFunction>(long count, float* y, TFunction f, float* a, float* b, float* c)
        where TFunction : struct, ITernary
    {
        var i = 0L;
        for (; i + TVector.Lanes <= count; i += TVector.Lanes)
            f.Of(TVector.Load(a + i), TVector.Load(b + i), TVector.Load(c + i)).Store(y + i);
        for (; i < count; i++) y[i] = TVector.First(f.Of(TVector.All(a[i]), TVector.All(b[i]), TVector.All(c[i])));
    }

    /// <summary>The sum to which f(sum, a[i]) has added every element. Two inside: an addition has to wait for the one before.</summary>
    [MethodImpl(Inline)]
    private static float Fold<TFunction>(long count, TFunction f, float* a)
        where TFunction : struct, IBinary
    {
        TVector even = default, odd = default, rest = default;
        var i = 0L;
        for (; i + (2 * TVector.Lanes) <= count; i += 2 * TVector.Lanes)
        {
            even = f.Of(even, TVector.Load(a + i));
            odd = f.Of(odd, TVector.Load(a + i + TVector.Lanes));
        }
        for (; i + TVector.Lanes <= count; i += TVector.Lanes) even = f.Of(even, TVector.Load(a + i));
        for (; i < count; i++) rest = f.Of(rest, TVector.All(a[i]));
        return TVector.Sum(even + odd) + TVector.First(rest);
    }

    /// <summary>The sum of a[i] b[i].</summary>
    [MethodImpl(Inline)]
    private static float SumOfProducts(long count, float* a, float* b)
    {
        TVector even = default, odd = default;
        var i = 0L;
        for (; i + (2 * TVector.Lanes) <= count; i += 2 * TVector.Lanes)
        {
            even = TVector.MultiplyAdd(TVector.Load(a + i), TVector.Load(b + i), even);
            odd = TVector.MultiplyAdd(TVector.Load(a + i + TVector.Lanes), TVector.Load(b + i + TVector.Lanes), odd);
        }
        for (; i + TVector.Lanes <= count; i += TVector.Lanes) even = TVector.MultiplyAdd(TVector.Load(a + i), TVector.Load(b + i), even);
        var rest = 0f;
        for (; i < count; i++) rest += a[i] * b[i];
        return TVector.Sum(even + odd) + rest;
    }

    /// <summary>The sum of a[i] b[i] c[i].</summary>
    [MethodImpl(Inline)]
    private static float SumOfProducts(long count, float* a, float* b, float* c)
    {
        TVector even = default, odd = default;
        var i = 0L;
        for (; i + (2 * TVector.Lanes) <= count; i += 2 * TVector.Lanes)
        {
            var next = i + TVector.Lanes;
            even = TVector.MultiplyAdd(TVector.Load(a + i) * TVector.Load(b + i), TVector.Load(c + i), even);
            odd = TVector.MultiplyAdd(TVector.Load(a + next) * TVector.Load(b + next), TVector.Load(c + next), odd);
        }
        for (; i + TVector.Lanes <= count; i += TVector.Lanes)
            even = TVector.MultiplyAdd(TVector.Load(a + i) * TVector.Load(b + i), TVector.Load(c + i), even);
        var rest = 0f;
        for (; i < count; i++) rest += a[i] * b[i] * c[i];
        return TVector.Sum(even + odd) + rest;
    }

    private static void Clear(float* to, long count) => NativeMemory.Clear(to, (nuint)count * sizeof(float));

    private static void Copy(float* from, float* to, long count) => NativeMemory.Copy(from, to, (nuint)count * sizeof(float));

    private readonly struct Add : IBinary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector a, TVector b) => a + b;
    }

    private readonly struct Times(float factor) : IUnary
    {
        private readonly TVector factor = TVector.All(factor);

        [MethodImpl(Inline)]
        public TVector Of(TVector a) => a * factor;
    }

    /// <summary>y + factor x.</summary>
    private readonly struct AddScaled(float factor) : IBinary
    {
        private readonly TVector factor = TVector.All(factor);

        [MethodImpl(Inline)]
        public TVector Of(TVector y, TVector x) => TVector.MultiplyAdd(factor, x, y);
    }
}
