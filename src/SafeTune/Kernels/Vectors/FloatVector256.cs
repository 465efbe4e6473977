using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SafeTune.Kernels;

/// <summary>AVX2's 8 floats.</summary>
internal readonly unsafe struct FloatVector256(Vector256<float> lanes) : IVector<FloatVector256>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector256<float> lanes = lanes;

    public static int Lanes => 8;

    [MethodImpl(Inline)]
    public static FloatVector256 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(Inline)]
    public static FloatVector256 All(float value) => new(Vector256.Create(value));

    [MethodImpl(Inline)]
    public void Store(float* to) => lanes.Store(to);

    [MethodImpl(Inline)]
    public static FloatVector256 operator +(FloatVector256 a, FloatVector256 b) => new(a.lanes + b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector256 operator -(FloatVector256 a, FloatVector256 b) => new(a.lanes - b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector256 operator *(FloatVector256 a, FloatVector256 b) => new(a.lanes * b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector256 operator /(FloatVector256 a, FloatVector256 b) => new(a.lanes / b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector256 operator ^(FloatVector256 a, FloatVector256 b) => new(a.lanes ^ b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector256 MultiplyAdd(FloatVector256 a, FloatVector256 b, FloatVector256 c) =>
        new(Vector256.MultiplyAddEstimate(a.lanes, b.lanes, c.lanes));

    // The native ones select b where one of the two is no number (x86), or what is no number (ARM).
    [MethodImpl(Inline)]
    public static FloatVector256 Larger(FloatVector256 a, FloatVector256 b) => new(Vector256.MaxNative(a.lanes, b.lanes));

    [MethodImpl(Inline)]
    public static FloatVector256 Smaller(FloatVector256 a, FloatVector256 b) => new(Vector256.MinNative(a.lanes, b.lanes));

    // The exponent's bits.
    [MethodImpl(Inline)]
    public static FloatVector256 PowerOfTwo(FloatVector256 n) =>
        new(((Vector256.ConvertToInt32Native(n.lanes) + Vector256.Create(127)) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector256 ZeroBelow(FloatVector256 x, FloatVector256 limit, FloatVector256 value) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x.lanes, limit.lanes), Vector256<float>.Zero, value.lanes));

    [MethodImpl(Inline)]
    public static float Sum(FloatVector256 a) => FloatVector128.Sum(new(a.lanes.GetLower() + a.lanes.GetUpper()));

    [MethodImpl(Inline)]
    public static float Largest(FloatVector256 a) =>
        FloatVector128.Largest(new(Vector128.MaxNative(a.lanes.GetLower(), a.lanes.GetUpper())));


    [MethodImpl(Inline)]
    public static float First(FloatVector256 a) => a.lanes.ToScalar();

    [MethodImpl(Inline)]
    public static FloatVector256 Words(ulong value) => new(Vector256.Create(value).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector256 AddWords(FloatVector256 a, FloatVector256 b) => new((a.lanes.AsUInt64() + b.lanes.AsUInt64()).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector256 MultiplyWords(FloatVector256 a, FloatVector256 b)
    {
        if (Avx2.IsSupported) return new(Avx2.Multiply(a.lanes.AsUInt32(), b.lanes.AsUInt32()).AsSingle());
        var lower = Vector256.Create((ulong)uint.MaxValue);
        return new(((a.lanes.AsUInt64() & lower) * (b.lanes.AsUInt64() & lower)).AsSingle());
    }

    [MethodImpl(Inline)]
    public static FloatVector256 UpperWords(FloatVector256 a) => new((a.lanes.AsUInt64() >>> 32).AsSingle());

    [MethodImpl(Inline)]
    public static void TileFactors(in DropoutRule rule, ulong tile, float* factors)
    {
        var (scale, below) = (Vector256.Create(rule.Scale), Vector256.Create((int)rule.Threshold - 1));
        Philox.Draw(rule.Seed, Counters(8 * tile), out var left0, out var left1, out var left2, out var left3);
        Philox.Draw(rule.Seed, Counters((8 * tile) + 4), out var right0, out var right1, out var right2, out var right3);
        StoreFactors(left0, right0, below, scale, factors);
        StoreFactors(left1, right1, below, scale, factors + 16);
        StoreFactors(left2, right2, below, scale, factors + 32);
        StoreFactors(left3, right3, below, scale, factors + 48);
    }

    // From one word of eight counters: their low 16-bit values, then their high ones.
    [MethodImpl(Inline)]
    private static void StoreFactors(FloatVector256 left, FloatVector256 right, Vector256<int> below, Vector256<float> scale, float* to)
    {
        var words = Vector256.Narrow(left.lanes.AsUInt64(), right.lanes.AsUInt64());
        var (low, high) = (words & Vector256.Create(0xFFFFu), words >>> 16);
        (Vector256.GreaterThan(low.AsInt32(), below).AsSingle() & scale).Store(to);
        (Vector256.GreaterThan(high.AsInt32(), below).AsSingle() & scale).Store(to + 8);
    }

    // first, first + 1, ...
    [MethodImpl(Inline)]
    private static FloatVector256 Counters(ulong first) => new((Vector256.Create(first) + Vector256<ulong>.Indices).AsSingle());
}
