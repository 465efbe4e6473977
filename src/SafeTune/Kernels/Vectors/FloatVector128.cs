using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SafeTune.Kernels;

/// <summary>The 4 floats that every processor has: SSE2, NEON.</summary>
internal readonly unsafe struct FloatVector128(Vector128<float> lanes) : IVector<FloatVector128>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector128<float> lanes = lanes;

    public static int Lanes => 4;

    [MethodImpl(Inline)]
    public static FloatVector128 Load(float* from) => new(Vector128.Load(from));

    [MethodImpl(Inline)]
    public static FloatVector128 All(float value) => new(Vector128.Create(value));

    [MethodImpl(Inline)]
    public void Store(float* to) => lanes.Store(to);

    [MethodImpl(Inline)]
    public static FloatVector128 operator +(FloatVector128 a, FloatVector128 b) => new(a.lanes + b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector128 operator -(FloatVector128 a, FloatVector128 b) => new(a.lanes - b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector128 operator *(FloatVector128 a, FloatVector128 b) => new(a.lanes * b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector128 operator /(FloatVector128 a, FloatVector128 b) => new(a.lanes / b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector128 operator ^(FloatVector128 a, FloatVector128 b) => new(a.lanes ^ b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector128 MultiplyAdd(FloatVector128 a, FloatVector128 b, FloatVector128 c) =>
        new(Vector128.MultiplyAddEstimate(a.lanes, b.lanes, c.lanes));

    // The native ones select b where one of the two is no number (x86), or what is no number (ARM).
    [MethodImpl(Inline)]
    public static FloatVector128 Larger(FloatVector128 a, FloatVector128 b) => new(Vector128.MaxNative(a.lanes, b.lanes));

    [MethodImpl(Inline)]
    public static FloatVector128 Smaller(FloatVector128 a, FloatVector128 b) => new(Vector128.MinNative(a.lanes, b.lanes));

    // The exponent's bits.
    [MethodImpl(Inline)]
    public static FloatVector128 PowerOfTwo(FloatVector128 n) =>
        new(((Vector128.ConvertToInt32Native(n.lanes) + Vector128.Create(127)) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector128 ZeroBelow(FloatVector128 x, FloatVector128 limit, FloatVector128 value) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(x.lanes, limit.lanes), Vector128<float>.Zero, value.lanes));

    [MethodImpl(Inline)]
    public static float Sum(FloatVector128 a)
    {
        var halves = a.lanes + Vector128.Shuffle(a.lanes, Vector128.Create(2, 3, 0, 1));
        return halves.ToScalar() + halves.GetElement(1);
    }

    [MethodImpl(Inline)]
    public static float Largest(FloatVector128 a)
    {
        var halves = Vector128.MaxNative(a.lanes, Vector128.Shuffle(a.lanes, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(halves, Vector128.Shuffle(halves, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(Inline)]
    public static float First(FloatVector128 a) => a.lanes.ToScalar();

    [MethodImpl(Inline)]
    public static FloatVector128 Words(ulong value) => new(Vector128.Create(value).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector128 AddWords(FloatVector128 a, FloatVector128 b) => new((a.lanes.AsUInt64() + b.lanes.AsUInt64()).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector128 MultiplyWords(FloatVector128 a, FloatVector128 b)
    {
        if (Sse2.IsSupported) return new(Sse2.Multiply(a.lanes.AsUInt32(), b.lanes.AsUInt32()).AsSingle());
        var lower = Vector128.Create((ulong)uint.MaxValue);
        return new(((a.lanes.AsUInt64() & lower) * (b.lanes.AsUInt64() & lower)).AsSingle());
    }

    [MethodImpl(Inline)]
    public static FloatVector128 UpperWords(FloatVector128 a) => new((a.lanes.AsUInt64() >>> 32).AsSingle());

    [MethodImpl(Inline)]
    public static void TileFactors(in DropoutRule rule, ulong tile, float* factors)
    {
        var (scale, below) = (Vector128.Create(rule.Scale), Vector128.Create((int)rule.Threshold - 1));
        for (var part = 0; part < 8; part += 4)
        {
            var first = (8 * tile) + (ulong)part;
            Philox.Draw(rule.Seed, Counters(first), out var left0, out var left1, out var left2, out var left3);
            Philox.Draw(rule.Seed, Counters(first + 2), out var right0, out var right1, out var right2, out var right3);
            StoreFactors(left0, right0, below, scale, factors + part);
            StoreFactors(left1, right1, below, scale, factors + part + 16);
            StoreFactors(left2, right2, below, scale, factors + part + 32);
            StoreFactors(left3, right3, below, scale, factors + part + 48);
        }
    }

    // From one word of four counters: their low 16-bit values, and eight places on their high ones.
    [MethodImpl(Inline)]
    private static void StoreFactors(FloatVector128 left, FloatVector128 right, Vector128<int> below, Vector128<float> scale, float* to)
    {
        var words = Vector128.Narrow(left.lanes.AsUInt64(), right.lanes.AsUInt64());
        var (low, high) = (words & Vector128.Create(0xFFFFu), words >>> 16);
        (Vector128.GreaterThan(low.AsInt32(), below).AsSingle() & scale).Store(to);
        (Vector128.GreaterThan(high.AsInt32(), below).AsSingle() & scale).Store(to + 8);
    }

    // first, first + 1, ...
    [MethodImpl(Inline)]
    private static FloatVector128 Counters(ulong first) => new((Vector128.Create(first) + Vector128<ulong>.Indices).AsSingle());
}
