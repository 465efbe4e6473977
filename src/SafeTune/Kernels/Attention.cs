using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// Attention that keeps no matrix of queries by keys (Dao et al. 2022, "FlashAttention"): a few rows of scores at a time, and again in the
// backward pass.
internal sealed unsafe partial class CpuKernels<TVector>
{
    public override long AttentionScratch(in AttentionShape s)
    {
        var p = new Padded(s);
        return (p.Keys * (s.Size + p.Size)) + (QueryRows * ((2 * p.Size) + p.Keys));
    }

    [MethodImpl(Optimized)]
    public override void Attention(
        in AttentionShape s, long firstHead, float* q, float* k, float* v, float* mask, float* o, float* lse, float* scratch)
    {
        var p = new Padded(s);
        float* keys = scratch, values = keys + (p.Keys * s.Size), queries = values + (p.Keys * p.Size);
        float* scores = queries + (QueryRows * p.Size), result = scores + (QueryRows * p.Keys);
        PackTransposed(k, s.KRow, s.Keys, s.Size, p.Keys, keys);
        Pack(v, s.VRow, s.Keys, s.Size, p.Keys, p.Size, values);
        for (var head = 0L; head < s.Group; head++)
        {
            for (var query = 0L; query < s.Queries; query += QueryRows)
            {
                long rows = Math.Min(QueryRows, s.Queries - query), width = SeenKeys(s, p, query);
                Pack(q + (head * s.QHead) + (query * s.QRow), s.QRow, rows, s.Size, QueryRows, p.Size, queries);
                Map(rows * p.Size, queries, new Times(s.Scale), queries);
                ProductWithPanels(p, width, s.Size, queries, keys, scores);
                for (var i = 0L; i < rows; i++)
                {
                    var row = scores + (i * p.Keys);
                    MaskRow(s, query + i, width, mask != null ? mask + (head * s.MaskHead) + ((query + i) * s.MaskRow) : null, row);
                    lse[(head * s.Queries) + query + i] = Softmax(width, row);
                    if (s.Dropout.Threshold != 0) Dropout(s.Dropout, FirstTile(s, firstHead + head, query + i), width, row, row);
                }
                Product(QueryRows, p.Size, width, new(scores, p.Keys, 1), values, p.Size, result, p.Size, add: false);
                Unpack(result, p.Size, rows, s.Size, o + (head * s.OHead) + (query * s.ORow), s.ORow);
            }
        }
    }

    // Makes scores probabilities; gives the log of the sum of their exponentials.
    [MethodImpl(Optimized)]
    private static float Softmax(long width, float* row)
    {
        var most = Largest(width, row);
        TVector from = TVector.All(most), even = default, odd = default;
        // Rows are whole tiles. In one loop, so that the sum costs nothing beside the exponentials.
        for (var i = 0L; i < width; i += 2 * TVector.Lanes)
        {
            TVector left = VectorFunctions.Exponential(TVector.Load(row + i) - from);
            TVector right = VectorFunctions.Exponential(TVector.Load(row + i + TVector.Lanes) - from);
            left.Store(row + i);
            right.Store(row + i + TVector.Lanes);
            even += left;
            odd += right;
        }
        var total = TVector.Sum(even + odd);
        Map(width, row, new Times(1 / total), row);
        return most + MathF.Log(total);
    }
}
