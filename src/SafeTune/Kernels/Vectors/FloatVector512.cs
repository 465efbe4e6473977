using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SafeTune.Kernels;

/// <summary>AVX-512's 16 floats.</summary>
internal readonly unsafe struct FloatVector512(Vector512<float> lanes) : IVector<FloatVector512>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly Vector512<float> lanes = lanes;

    public static int Lanes => 16;

    [MethodImpl(Inline)]
    public static FloatVector512 Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(Inline)]
    public static FloatVector512 All(float value) => new(Vector512.Create(value));

    [MethodImpl(Inline)]
    public void Store(float* to) => lanes.Store(to);

    [MethodImpl(Inline)]
    public static FloatVector512 operator +(FloatVector512 a, FloatVector512 b) => new(a.lanes + b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector512 operator -(FloatVector512 a, FloatVector512 b) => new(a.lanes - b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector512 operator *(FloatVector512 a, FloatVector512 b) => new(a.lanes * b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector512 operator /(FloatVector512 a, FloatVector512 b) => new(a.lanes / b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector512 operator ^(FloatVector512 a, FloatVector512 b) => new(a.lanes ^ b.lanes);

    [MethodImpl(Inline)]
    public static FloatVector512 MultiplyAdd(FloatVector512 a, FloatVector512 b, FloatVector512 c) =>
        new(Vector512.MultiplyAddEstimate(a.lanes, b.lanes, c.lanes));

    // The native ones select b where one of the two is no number (x86), or what is no number (ARM).
    [MethodImpl(Inline)]
    public static FloatVector512 Larger(FloatVector512 a, FloatVector512 b) => new(Vector512.MaxNative(a.lanes, b.lanes));

    [MethodImpl(Inline)]
    public static FloatVector512 Smaller(FloatVector512 a, FloatVector512 b) => new(Vector512.MinNative(a.lanes, b.lanes));

    // The exponent's bits.
    [MethodImpl(Inline)]
    public static FloatVector512 PowerOfTwo(FloatVector512 n) =>
        new(((Vector512.ConvertToInt32Native(n.lanes) + Vector512.Create(127)) << 23).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector512 ZeroBelow(FloatVector512 x, FloatVector512 limit, FloatVector512 value) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x.lanes, limit.lanes), Vector512<float>.Zero, value.lanes));

    [MethodImpl(Inline)]
    public static float Sum(FloatVector512 a) => FloatVector256.Sum(new(a.lanes.GetLower() + a.lanes.GetUpper()));

    [MethodImpl(Inline)]
    public static float Largest(FloatVector512 a) =>
        FloatVector256.Largest(new(Vector256.MaxNative(a.lanes.GetLower(), a.lanes.GetUpper())));


    [MethodImpl(Inline)]
    public static float First(FloatVector512 a) => a.lanes.ToScalar();

    [MethodImpl(Inline)]
    public static FloatVector512 Words(ulong value) => new(Vector512.Create(value).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector512 AddWords(FloatVector512 a, FloatVector512 b) => new((a.lanes.AsUInt64() + b.lanes.AsUInt64()).AsSingle());

    [MethodImpl(Inline)]
    public static FloatVector512 MultiplyWords(FloatVector512 a, FloatVector512 b)
    {
        if (Avx512F.IsSupported) return new(Avx512F.Multiply(a.lanes.AsUInt32(), b.lanes.AsUInt32()).AsSingle());
        var lower = Vector512.Create((ulong)uint.MaxValue);
        return new(((a.lanes.AsUInt64() & lower) * (b.lanes.AsUInt64() & lower)).AsSingle());
    }

    [MethodImpl(Inline)]
    public static FloatVector512 UpperWords(FloatVector512 a) => new((a.lanes.AsUInt64() >>> 32).AsSingle());

    [MethodImpl(Inline)]
    public static void TileFactors(in DropoutRule rule, ulong tile, float* factors)
    {
        var (scale, below) = (Vector512.Create(rule.Scale), Vector512.Create((int)rule.Threshold - 1));
        Philox.Draw(rule.Seed, Counters(8 * tile), out var word0, out var word1, out var word2, out var word3);
        StoreFactors(word0, below, scale, factors);
        StoreFactors(word1, below, scale, factors + 16);
        StoreFactors(word2, below, scale, factors + 32);
        StoreFactors(word3, below, scale, factors + 48);
    }

    // From one word of eight counters, whose two 16-bit values are spread over a vector: the eight low ones, then the eight high ones.
    [MethodImpl(Inline)]
    private static void StoreFactors(FloatVector512 words, Vector512<int> below, Vector512<float> scale, float* to)
    {
        const ushort zero = 32;
        var values = Vector512.Shuffle(words.lanes.AsUInt16(), Vector512.Create(
            0, zero, 4, zero, 8, zero, 12, zero, 16, zero, 20, zero, 24, zero, 28, zero,
            1, zero, 5, zero, 9, zero, 13, zero, 17, zero, 21, zero, 25, zero, 29, zero));
        Vector512.ConditionalSelect(Vector512.GreaterThan(values.AsInt32(), below).AsSingle(), scale, Vector512<float>.Zero).Store(to);
    }

    // first, first + 1, ...
    [MethodImpl(Inline)]
    private static FloatVector512 Counters(ulong first) => new((Vector512.Create(first) + Vector512<ulong>.Indices).AsSingle());
}
