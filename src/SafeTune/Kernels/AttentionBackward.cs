using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// Attention's gradients. With P the probabilities, D their dropout factors and A = (gO V') * D the gradient of P: gV = (P * D)' gO, and the
// gradient of the scores is P * (A - row sums of gO * O).
internal sealed unsafe partial class CpuKernels<TVector>
{
    public override long AttentionBackwardScratch(in AttentionShape s)
    {
        var p = new Padded(s);
        return (p.Keys * ((2 * s.Size) + (3 * p.Size))) + (QueryRows * ((4 * p.Size) + (3 * p.Keys)));
    }

    [MethodImpl(Optimized)]
    public override void AttentionBackward(
        in AttentionShape s, long firstHead, float* q, float* k, float* v, float* mask, float* o, float* lse,
        float* go, float* gq, float* gk, float* gv, float* scratch)
    {
        var p = new Padded(s);
        float* transposedKeys = scratch, transposedValues = transposedKeys + (p.Keys * s.Size), keys = transposedValues + (p.Keys * s.Size);
        float* sumK = keys + (p.Keys * p.Size), sumV = sumK + (p.Keys * p.Size);
        float* queries = sumV + (p.Keys * p.Size), scaled = queries + (QueryRows * p.Size), above = scaled + (QueryRows * p.Size);
        float* result = above + (QueryRows * p.Size), scores = result + (QueryRows * p.Size);
        float* kept = scores + (QueryRows * p.Keys), slopes = kept + (QueryRows * p.Keys);
        PackTransposed(k, s.KRow, s.Keys, s.Size, p.Keys, transposedKeys);
        PackTransposed(v, s.VRow, s.Keys, s.Size, p.Keys, transposedValues);
        Pack(k, s.KRow, s.Keys, s.Size, p.Keys, p.Size, keys);
        Clear(sumK, 2 * p.Keys * p.Size);
        for (var head = 0L; head < s.Group; head++)
        {
            for (var query = 0L; query < s.Queries; query += QueryRows)
            {
                long rows = Math.Min(QueryRows, s.Queries - query), width = SeenKeys(s, p, query);
                Pack(q + (head * s.QHead) + (query * s.QRow), s.QRow, rows, s.Size, QueryRows, p.Size, queries);
                Map(QueryRows * p.Size, scaled, new Times(s.Scale), queries);
                Pack(go + (head * s.OHead) + (query * s.ORow), s.ORow, rows, s.Size, QueryRows, p.Size, above);
                ProductWithPanels(p, width, s.Size, scaled, transposedKeys, scores);
                ProductWithPanels(p, width, s.Size, above, transposedValues, slopes);
                for (var i = 0L; i < rows; i++)
                {
                    var row = scores + (i * p.Keys);
                    MaskRow(s, query + i, width, mask != null ? mask + (head * s.MaskHead) + ((query + i) * s.MaskRow) : null, row);
                    var mean = SumOfProducts(s.Size, above + (i * p.Size), o + (head * s.OHead) + ((query + i) * s.ORow));
                    var tile = FirstTile(s, firstHead + head, query + i);
                    var normaliser = lse[(head * s.Queries) + query + i];
                    ScoreGradients(s.Dropout, tile, width, normaliser, mean, row, kept + (i * p.Keys), slopes + (i * p.Keys));
                }
                for (var i = rows; i < QueryRows; i++)
                {
                    Clear(kept + (i * p.Keys), width);
                    Clear(slopes + (i * p.Keys), width);
                }
                if (gv != null) Product(width, p.Size, QueryRows, new(kept, 1, p.Keys), above, p.Size, sumV, p.Size, add: true);
                if (gk != null) Product(width, p.Size, QueryRows, new(slopes, 1, p.Keys), scaled, p.Size, sumK, p.Size, add: true);
                if (gq == null) continue;
                Product(QueryRows, p.Size, width, new(slopes, p.Keys, 1), keys, p.Size, result, p.Size, add: false);
                Map(rows * p.Size, result, new Times(s.Scale), result);
                Unpack(result, p.Size, rows, s.Size, gq + (head * s.QHead) + (query * s.QRow), s.QRow);
            }
        }
        if (gk != null) Unpack(sumK, p.Size, s.Keys, s.Size, gk, s.KRow);
        if (gv != null) Unpack(sumV, p.Size, s.Keys, s.Size, gv, s.VRow);
    }

    // One row: scores become probabilities, `kept` takes what dropout left of them, and the gradients of the dropped probabilities become
    // those of the scores.
    [MethodImpl(Optimized)]
    private void ScoreGradients(
        in DropoutRule rule, ulong firstTile, long width, float normaliser, float mean, float* scores, float* kept, float* gradients)
    {
        Map(width, scores, new ExponentialFrom(normaliser), scores);
        if (rule.Threshold == 0)
        {
            Map(width, gradients, new ScoreGradient(mean), scores, gradients);
            Copy(scores, kept, width);
            return;
        }
        KeepFactors(rule, firstTile, width / TileWidth, kept);
        Map(width, gradients, new DroppedScoreGradient(mean), scores, gradients, kept);
        Map(width, kept, default(Multiply), scores, kept);
    }

    private readonly struct ScoreGradient(float mean) : IBinary
    {
        private readonly TVector mean = TVector.All(mean);

        [MethodImpl(Inline)]
        public TVector Of(TVector probability, TVector gradient) => probability * (gradient - mean);
    }

    private readonly struct DroppedScoreGradient(float mean) : ITernary
    {
        private readonly TVector less = TVector.All(-mean);

        [MethodImpl(Inline)]
        public TVector Of(TVector probability, TVector gradient, TVector factor) =>
            probability * TVector.MultiplyAdd(gradient, factor, less);
    }

    private readonly struct Multiply : IBinary
    {
        [MethodImpl(Inline)]
        public TVector Of(TVector a, TVector b) => a * b;
    }
}
