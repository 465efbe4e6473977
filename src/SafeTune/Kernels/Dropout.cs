using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

/// <summary>The kernels on one width of vectors.</summary>
internal sealed unsafe partial class CpuKernels<TVector>(string name) : CpuKernels
    where TVector : struct, IVector<TVector>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    // Fully optimised at the first call: a kernel runs for milliseconds, and without inlining hundreds of times as long.
    private const MethodImplOptions Optimized = MethodImplOptions.AggressiveOptimization;

    public override string Name => name;

    [MethodImpl(Optimized)]
    public override void KeepFactors(in DropoutRule rule, ulong firstTile, long tiles, float* factors)
    {
        for (var i = 0L; i < tiles; i++) TVector.TileFactors(rule, firstTile + (ulong)i, factors + (i * TileWidth));
    }

    [SkipLocalsInit]
    [MethodImpl(Optimized)]
    public override void Dropout(in DropoutRule rule, ulong firstTile, long count, float* x, float* y)
    {
        var factors = stackalloc float[TileWidth];
        var i = 0L;
        for (; i + TileWidth <= count; i += TileWidth)
        {
            TVector.TileFactors(rule, firstTile++, factors);
            for (var j = 0; j < TileWidth; j += TVector.Lanes) (TVector.Load(x + i + j) * TVector.Load(factors + j)).Store(y + i + j);
        }
        if (i == count) return;
        TVector.TileFactors(rule, firstTile, factors);
        for (var j = 0; i + j < count; j++) y[i + j] = x[i + j] * factors[j];
    }

    // Row `row` of a matrix, into or within y.
    private void DropRow(in DropoutRule rule, long row, long columns, float* x, float* y)
    {
        if (rule.Threshold != 0) Dropout(rule, (ulong)(row * TilesOf(columns)), columns, x, y);
        else if (x != y) Copy(x, y, columns);
    }
}
