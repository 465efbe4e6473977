using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// Small matrix products whose operands lie in the near caches: c = a b, or c += a b. A tile of c stays in registers while it is summed.
internal sealed unsafe partial class CpuKernels<TVector>
{
    /// <summary>The matrix a, whose element (i, k) is at [i * Row + k * Column], so that it may be a transposed one.</summary>
    private readonly struct Strided(float* at, long row, long column)
    {
        public readonly float* At = at;
        public readonly long Row = row, Column = column;

        [MethodImpl(Inline)]
        public Strided From(long row) => new(At + (row * Row), Row, Column);
    }

    /// <summary><paramref name="m"/> is a multiple of 8, <paramref name="n"/> of the number of lanes.</summary>
    [MethodImpl(Optimized)]
    private static void Product(long m, long n, long depth, Strided a, float* b, long bRow, float* c, long cRow, bool add)
    {
        // As many sums as the registers hold, 16 of AVX2's and 32 of AVX-512's, and at least the eight that two units of latency four want.
        var j = 0L;
        if (TVector.Lanes == 16)
        {
            for (; j + (4 * TVector.Lanes) <= n; j += 4 * TVector.Lanes)
                for (var i = 0L; i < m; i += 4) Tile4x4(depth, a.From(i), b + j, bRow, c + (i * cRow) + j, cRow, add);
            for (; j + (2 * TVector.Lanes) <= n; j += 2 * TVector.Lanes)
                for (var i = 0L; i < m; i += 8) Tile8x2(depth, a.From(i), b + j, bRow, c + (i * cRow) + j, cRow, add);
        }
        for (; j + (2 * TVector.Lanes) <= n; j += 2 * TVector.Lanes)
            for (var i = 0L; i < m; i += 4) Tile4x2(depth, a.From(i), b + j, bRow, c + (i * cRow) + j, cRow, add);
        for (; j < n; j += TVector.Lanes)
            for (var i = 0L; i < m; i += 8) Tile8x1(depth, a.From(i), b + j, bRow, c + (i * cRow) + j, cRow, add);
    }
}
