using static TorchSharp.torch;

namespace SafeTune.Kernels;

/// <summary>Loops over as many threads as torch uses. What a part computes depends on its place alone, so the number of threads changes no result.</summary>
internal static class CpuThreads
{
    /// <summary>Runs <paramref name="body"/>(first, count) over all of <paramref name="total"/> rows, in parts of at most <paramref name="rows"/>.</summary>
    public static void ForRows(long total, long rows, Action<long, long> body) => For((total + rows - 1) / rows, (begin, end) =>
    {
        for (var part = begin; part < end; part++) body(part * rows, Math.Min(rows, total - (part * rows)));
    });

    /// <summary>Runs <paramref name="body"/>(begin, end) over ranges that together are [0, <paramref name="parts"/>), one for each thread.</summary>
    public static void For(long parts, Action<long, long> body)
    {
        var threads = Math.Min(get_num_threads(), parts);
        if (threads <= 1) body(0, parts);
        else Parallel.For(0, threads, i => body(parts * i / threads, parts * (i + 1) / threads));
    }
}
