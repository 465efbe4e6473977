using System.Runtime.Intrinsics;

namespace SafeTune.Kernels;

/// <summary>
/// What the CPU kernels compute, once for each width of vectors. They take plain memory and one share of the work, a range of rows, tiles
/// or heads, so that threads are the caller's affair. Pointers are those of row 0 unless said otherwise.
/// </summary>
internal abstract unsafe class CpuKernels
{
    /// <summary>
    /// Rows are dropped in tiles of 64 elements, the last one padded: every width draws a tile's numbers from the same eight counters.
    /// </summary>
    public const int TileWidth = 64;

    /// <summary>The largest rank of an adapter.</summary>
    public const int MostRanks = 64;

    // Widest first.
    private static readonly CpuKernels[] Every =
    [
        new CpuKernels<FloatVector512>("Vector512"),
        new CpuKernels<FloatVector256>("Vector256"),
        new CpuKernels<FloatVector128>("Vector128"),
    ];

    /// <summary>All widths, widest first; those that the processor lacks compute the same, slowly.</summary>
    public static IReadOnlyList<CpuKernels> All => Every;

    /// <summary>
    /// The widths of this processor, widest first. .NET's own switches narrow them: DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0.
    /// </summary>
    public static IReadOnlyList<CpuKernels> Supported { get; } =
        Every[(Vector512.IsHardwareAccelerated ? 0 : Vector256.IsHardwareAccelerated ? 1 : 2)..];

    /// <summary>The kernels that are used: the widest of this processor.</summary>
    public static CpuKernels Current { get; private set; } = Supported[0];

    /// <summary>The vectors' name in .NET.</summary>
    public abstract string Name { get; }

    /// <summary>Tiles in a row, the last one perhaps not full.</summary>
    public static long TilesOf(long columns) => (columns + TileWidth - 1) / TileWidth;

    /// <summary>Runs everything on the given kernels until the result is disposed.</summary>
    public static IDisposable Use(CpuKernels kernels)
    {
        var scope = new Scope(Current);
        Current = kernels;
        return scope;
    }

    /// <summary>The factors, 0 or scale, of <paramref name="tiles"/> tiles.</summary>
    public abstract void KeepFactors(in DropoutRule rule, ulong firstTile, long tiles, float* factors);

    /// <summary>
    /// y = x * factors, for <paramref name="count"/> elements, whole tiles but for the last. y may be x; both are those of the first tile.
    /// </summary>
    public abstract void Dropout(in DropoutRule rule, ulong firstTile, long count, float* x, float* y);

    public abstract void Gelu(long count, float* x, float* y);

    public abstract void GeluBackward(long count, float* x, float* gy, float* gx);

    /// <summary>
    /// Rows [first, first + count). f may be null; <paramref name="normalised"/> is null or takes what is between centring and weight.
    /// </summary>
    public abstract void Norm(in NormShape s, long first, long count, float* f, float* x, float* y, float* rstd, float* normalised);

    /// <summary>From y, or from <paramref name="normalised"/> where it was kept. One of gf and gx may be null.</summary>
    public abstract void NormBackward(
        in NormShape s, long first, long count, float* y, float* normalised, float* rstd, float* gy, float* gx, float* gf);

    /// <summary>Adds to y; low [rows, rank] takes A dropout(x). The scratch holds the floats of the tiles of a row of x.</summary>
    public abstract void LowRank(
        in LowRankShape s, long first, long count, float* x, float* a, float* bTransposed, float* low, float* y, float* scratch);

    /// <summary>
    /// ga [rank, in] and gbTransposed [rank, out] are added to, or both null, and x and low with them; gx is added to, or null.
    /// Scratch as for <see cref="LowRank"/>.
    /// </summary>
    public abstract void LowRankBackward(
        in LowRankShape s, long first, long count, float* x, float* low, float* gy, float* a, float* bTransposed,
        float* ga, float* gbTransposed, float* gx, float* scratch);

    /// <summary>Floats of scratch for <see cref="Attention"/>.</summary>
    public abstract long AttentionScratch(in AttentionShape s);

    /// <summary>
    /// <paramref name="firstHead"/> numbers the group's first head within the whole tensor, for dropout; lse [group, queries] takes the log
    /// of each softmax's sum; the mask may be null.
    /// </summary>
    public abstract void Attention(
        in AttentionShape s, long firstHead, float* q, float* k, float* v, float* mask, float* o, float* lse, float* scratch);

    /// <summary>Floats of scratch for <see cref="AttentionBackward"/>.</summary>
    public abstract long AttentionBackwardScratch(in AttentionShape s);

    /// <summary>Writes gq like q, gk and gv like k and v; each may be null.</summary>
    public abstract void AttentionBackward(
        in AttentionShape s, long firstHead, float* q, float* k, float* v, float* mask, float* o, float* lse,
        float* go, float* gq, float* gk, float* gv, float* scratch);

    private sealed class Scope(CpuKernels before) : IDisposable
    {
        public void Dispose() => Current = before;
    }
}
