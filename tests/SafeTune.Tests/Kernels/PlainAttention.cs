using SafeTune.Kernels;
using static SafeTune.Tests.Kernels.AttentionKernelTests;

namespace SafeTune.Tests.Kernels;

/// <summary>One group of heads attended to in double precision, with the whole matrix of scores.</summary>
internal sealed unsafe class PlainAttention
{
    // Rows and heads lie apart, as in memory that holds other heads too.
    private const int Gap = 5, FirstHead = 6;

    private readonly FloatBlock q, k, v, above, mask;
    private readonly bool masked;
    private readonly double[] o, lse, gq, gk, gv;

    public PlainAttention(int queries, int keys, int size, int group, bool causal, Masking masking, double dropout)
    {
        var row = (group * size) + Gap;
        masked = masking != Masking.None;
        Shape = new()
        {
            Queries = queries,
            Keys = keys,
            Size = size,
            Group = group,
            QRow = row,
            QHead = size,
            KRow = size + Gap,
            VRow = size + (2 * Gap),
            ORow = row + 1,
            OHead = size,
            MaskRow = masking == Masking.Biases ? keys + 1 : 0,
            MaskHead = masking == Masking.Biases ? queries * (keys + 1) : 0,
            Scale = (float)(1 / Math.Sqrt(size)),
            Causal = causal,
            Dropout = DropoutRule.Of(3, dropout),
        };
        q = FloatBlock.Random(new(1), queries * Shape.QRow);
        k = FloatBlock.Random(new(2), keys * Shape.KRow);
        v = FloatBlock.Random(new(3), keys * Shape.VRow);
        above = FloatBlock.Random(new(4), queries * Shape.ORow);
        mask = masking == Masking.Biases ? FloatBlock.Random(new(5), group * Shape.MaskHead) : new FloatBlock(keys);
        if (masking == Masking.Padding) mask.Span[^5..].Fill(float.MinValue);
        (o, lse, gq) = (new double[queries * Shape.ORow], new double[group * queries], new double[queries * Shape.QRow]);
        (gk, gv) = (new double[keys * Shape.KRow], new double[keys * Shape.VRow]);
        for (var head = 0; head < group; head++)
            for (var query = 0; query < queries; query++) Attend(head, query);
    }

    public AttentionShape Shape { get; }

    public void Check(CpuKernels kernels, (bool Q, bool K, bool V) gradients)
    {
        FloatBlock foundO = new(o.Length), foundLse = new(lse.Length);
        FloatBlock foundQ = new(gq.Length), foundK = new(gk.Length), foundV = new(gv.Length);
        // What scratch holds must not matter.
        FloatBlock scratch = new(kernels.AttentionScratch(Shape), float.NaN);
        FloatBlock more = new(kernels.AttentionBackwardScratch(Shape), float.NaN);
        var bias = masked ? mask.At : null;
        kernels.Attention(Shape, FirstHead, q.At, k.At, v.At, bias, foundO.At, foundLse.At, scratch.At);
        kernels.AttentionBackward(
            Shape, FirstHead, q.At, k.At, v.At, bias, foundO.At, foundLse.At, above.At,
            gradients.Q ? foundQ.At : null, gradients.K ? foundK.At : null, gradients.V ? foundV.At : null, more.At);
        foundO.Check(o, 1e-5, $"{Shape}, values");
        foundLse.Check(lse, 1e-5, $"{Shape}, sums");
        foundQ.Check(gradients.Q ? gq : new double[gq.Length], 2e-5, $"{Shape}, gradient of q");
        foundK.Check(gradients.K ? gk : new double[gk.Length], 2e-5, $"{Shape}, gradient of k");
        foundV.Check(gradients.V ? gv : new double[gv.Length], 2e-5, $"{Shape}, gradient of v");
        scratch.CheckMargins("scratch");
        more.CheckMargins("backward scratch");
    }

    // One row of scores: its part of the values and of all gradients.
    private void Attend(int head, int query)
    {
        var s = Shape;
        long rowQ = (query * s.QRow) + (head * s.QHead), rowO = (query * s.ORow) + (head * s.OHead);
        var visible = s.Causal ? query + s.Keys - s.Queries + 1 : s.Keys;
        var tiles = CpuKernels.TilesOf(s.Keys);
        var factors = DropoutKernelTests.PlainFactors(s.Dropout, (ulong)((((FirstHead + head) * s.Queries) + query) * tiles), tiles);
        var p = new double[visible];
        for (var key = 0; key < visible; key++)
        {
            for (var i = 0; i < s.Size; i++) p[key] += (double)q[rowQ + i] * k[(key * s.KRow) + i] * s.Scale;
            if (masked) p[key] += mask[(head * s.MaskHead) + (query * s.MaskRow) + key];
        }
        var most = p.Max();
        var sum = lse[(head * s.Queries) + query] = most + Math.Log(p.Sum(score => Math.Exp(score - most)));
        for (var key = 0; key < visible; key++)
        {
            p[key] = Math.Exp(p[key] - sum);
            for (var i = 0; i < s.Size; i++) o[rowO + i] += p[key] * factors[key] * v[(key * s.VRow) + i];
        }

        var slopes = new double[visible];
        for (var key = 0; key < visible; key++)
        {
            for (var i = 0; i < s.Size; i++)
            {
                slopes[key] += (double)above[rowO + i] * v[(key * s.VRow) + i] * factors[key];
                gv[(key * s.VRow) + i] += p[key] * factors[key] * above[rowO + i];
            }
        }
        // The softmax's gradient: p (slope - sum of p slope).
        var mean = p.Zip(slopes, (a, b) => a * b).Sum();
        for (var key = 0; key < visible; key++)
        {
            var score = p[key] * (slopes[key] - mean) * s.Scale;
            for (var i = 0; i < s.Size; i++)
            {
                gq[rowQ + i] += score * k[(key * s.KRow) + i];
                gk[(key * s.KRow) + i] += score * q[rowQ + i];
            }
        }
    }
}
