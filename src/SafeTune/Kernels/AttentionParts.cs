using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// What attention's two passes share: packing into the layouts that `Product` takes, and rows of scores.
internal sealed unsafe partial class CpuKernels<TVector>
{
    // Rows of scores at a time.
    private const long QueryRows = 32;

    // How many keys some query of the tile sees, rounded up to whole tiles.
    private static long SeenKeys(in AttentionShape s, in Padded p, long query) =>
        s.Causal ? Math.Min(TilesOf(query + QueryRows + s.Keys - s.Queries) * TileWidth, p.Keys) : p.Keys;

    // The tile of a row of one head, for dropout.
    private static ulong FirstTile(in AttentionShape s, long head, long query) => (ulong)(((head * s.Queries) + query) * TilesOf(s.Keys));

    // `rows` rows of `size` floats into rows of `paddedSize`, zeros beside and below.
    private static void Pack(float* from, long row, long rows, long size, long paddedRows, long paddedSize, float* to)
    {
        if (size == paddedSize) Clear(to + (rows * size), (paddedRows - rows) * size);
        else Clear(to, paddedRows * paddedSize);
        for (var i = 0L; i < rows; i++) Copy(from + (i * row), to + (i * paddedSize), size);
    }

    // The transpose in panels of TileWidth rows: element (i, j) lies at [i / width][j][i % width].
    [MethodImpl(Optimized)]
    private static void PackTransposed(float* from, long row, long rows, long size, long paddedRows, float* to)
    {
        if (rows < paddedRows) Clear(to + ((paddedRows - TileWidth) * size), TileWidth * size);
        for (var i = 0L; i < rows; i++)
        {
            float* source = from + (i * row), panel = to + (i / TileWidth * TileWidth * size) + (i % TileWidth);
            for (var j = 0L; j < size; j++) panel[j * TileWidth] = source[j];
        }
    }

    private static void Unpack(float* from, long paddedSize, long rows, long size, float* to, long row)
    {
        for (var i = 0L; i < rows; i++) Copy(from + (i * paddedSize), to + (i * row), size);
    }

    // left [QueryRows, size] times the transposed panels: [QueryRows, width].
    private static void ProductWithPanels(in Padded p, long width, long size, float* left, float* panels, float* to)
    {
        for (var j = 0L; j < width; j += TileWidth)
            Product(QueryRows, TileWidth, size, new(left, p.Size, 1), panels + (j * size), TileWidth, to + j, p.Keys, add: false);
    }

    // Adds the mask to a row of scores; what no query may see becomes minus infinity.
    [MethodImpl(Optimized)]
    private static void MaskRow(in AttentionShape s, long query, long width, float* mask, float* scores)
    {
        var visible = s.Causal ? Math.Min(query + 1 + s.Keys - s.Queries, s.Keys) : s.Keys;
        if (mask != null) Map(Math.Min(visible, width), scores, default(Add), scores, mask);
        if (visible < width) new Span<float>(scores + visible, (int)(width - visible)).Fill(float.NegativeInfinity);
    }

    // Rows are whole tiles.
    [MethodImpl(Inline)]
    private static float Largest(long count, float* x)
    {
        var most = TVector.Load(x);
        for (long i = TVector.Lanes; i < count; i += TVector.Lanes) most = TVector.Larger(most, TVector.Load(x + i));
        return TVector.Largest(most);
    }

    /// <summary>Sizes padded to what <see cref="Product"/> and dropout's tiles take.</summary>
    private readonly struct Padded(in AttentionShape s)
    {
        public readonly long Size = (s.Size + TVector.Lanes - 1) / TVector.Lanes * TVector.Lanes, Keys = TilesOf(s.Keys) * TileWidth;
    }

    private readonly struct ExponentialFrom(float most) : IUnary
    {
        private readonly TVector most = TVector.All(most);

        [MethodImpl(Inline)]
        public TVector Of(TVector a) => VectorFunctions.Exponential(a - most);
    }
}
