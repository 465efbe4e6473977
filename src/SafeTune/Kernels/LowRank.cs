using System.Runtime.CompilerServices;

namespace SafeTune.Kernels;

// Low-rank adapters: products so thin that a matrix library reaches a tenth of its speed, done while a row lies in the first cache.
internal sealed unsafe partial class CpuKernels<TVector>
{
    [MethodImpl(Optimized)]
    public override void LowRank(
        in LowRankShape s, long first, long count, float* x, float* a, float* bTransposed, float* low, float* y, float* scratch)
    {
        for (var row = first; row < first + count; row++)
        {
            var seen = Dropped(s, row, x + (row * s.In), scratch);
            var to = y + (row * s.Out);
            for (var r = 0L; r < s.Rank; r++)
            {
                var value = low[(row * s.Rank) + r] = SumOfProducts(s.In, seen, a + (r * s.In));
                Map(s.Out, to, new AddScaled(s.Scale * value), to, bTransposed + (r * s.Out));
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(Optimized)]
    public override void LowRankBackward(
        in LowRankShape s, long first, long count, float* x, float* low, float* gy, float* a, float* bTransposed,
        float* ga, float* gbTransposed, float* gx, float* scratch)
    {
        var back = stackalloc float[MostRanks];
        for (var row = first; row < first + count; row++)
        {
            var g = gy + (row * s.Out);
            var seen = ga != null ? Dropped(s, row, x + (row * s.In), scratch) : null;
            for (var r = 0L; r < s.Rank; r++)
            {
                back[r] = s.Scale * SumOfProducts(s.Out, g, bTransposed + (r * s.Out));
                if (ga == null) continue;
                float* toB = gbTransposed + (r * s.Out), toA = ga + (r * s.In);
                Map(s.Out, toB, new AddScaled(s.Scale * low[(row * s.Rank) + r]), toB, g);
                Map(s.In, toA, new AddScaled(back[r]), toA, seen);
            }
            if (gx == null) continue;
            Clear(scratch, s.In);
            for (var r = 0L; r < s.Rank; r++) Map(s.In, scratch, new AddScaled(back[r]), scratch, a + (r * s.In));
            DropRow(s.Dropout, row, s.In, scratch, scratch);
            var to = gx + (row * s.In);
            Map(s.In, to, default(Add), to, scratch);
        }
    }

    // The row as the adapter sees it: itself, or what dropout left of it in the scratch.
    private float* Dropped(in LowRankShape s, long row, float* x, float* scratch)
    {
        if (s.Dropout.Threshold == 0) return x;
        DropRow(s.Dropout, row, s.In, x, scratch);
        return scratch;
    }
}
