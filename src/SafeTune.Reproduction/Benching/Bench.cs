using System.Globalization;
using SafeTune.Models;
using SafeTune.Reproduction.Results;
using SafeTune.Training;
using TorchSharp;

namespace SafeTune.Reproduction.Benching;

/// <summary>Times training steps beside a peer's and writes results/bench/step.csv.</summary>
public static class Bench
{
    private const int Rounds = 3, Steps = 3;

    /// <summary>Runs every case in turn, and all of them again, so that what else the machine does falls on all alike.</summary>
    /// <param name="root">The repository.</param>
    /// <param name="cases">What to time.</param>
    /// <param name="output">Told how far it has come.</param>
    public static void Run(string root, IReadOnlyList<StepCase> cases, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(output);
        int threads = torch.get_num_threads();
        var ours = cases.ToDictionary(@case => @case, _ => new List<StepBenchmarkResult>());
        // One peer serves all cases that differ in nothing but our own choices; long sequences are beyond its positions.
        StepCase[] peers = [.. cases.Where(@case => @case.Seq <= 512).Select(Peer).Concat(cases.Where(@case => @case.CachesPrefix).Select(@case => Peer(@case) with { FreezePrefix = 0 })).Distinct()];
        var theirs = peers.ToDictionary(@case => @case, _ => new List<PeerStep>());
        for (int round = 1; round <= Rounds; round++)
        {
            foreach (StepCase @case in cases)
            {
                output.WriteLine($"round {round} of {Rounds}: {Words(@case)}");
                ours[@case].Add(StepBenchmark.Run(new StepBenchmarkOptions(@case.Model, @case.Batch, @case.Seq, @case.FreezePrefix, Steps, Warmup: 1)
                {
                    Kernels = @case.Kernels, PrefixCache = @case.CachesPrefix ? new PrefixCacheOptions() : null,
                }));
                if (theirs.TryGetValue(Peer(@case), out List<PeerStep>? found) && found.Count < round && PeerStep.Run(root, @case, threads, Steps, output) is { } peer)
                    found.Add(peer);
            }
        }

        string file = Path.Combine(root, "results", "bench", "step.csv");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        StepRow[] rows = [.. cases.Select(@case => Row(@case, ours[@case], Best(theirs, Peer(@case)), Best(theirs, Peer(@case) with { FreezePrefix = 0 })))];
        CsvFile.Write(file, rows);
        foreach (StepRow row in rows)
            output.WriteLine(Words(row));
        output.WriteLine("Written to results/bench/step.csv.");
    }

    private static StepCase Peer(StepCase @case) => @case with { Kernels = KernelOptions.Composed, CachesPrefix = false };

    private static PeerStep? Best(Dictionary<StepCase, List<PeerStep>> all, StepCase @case) => all.TryGetValue(@case, out List<PeerStep>? found) ? found.MinBy(step => step.Seconds) : null;

    private static StepRow Row(StepCase @case, List<StepBenchmarkResult> runs, PeerStep? peer, PeerStep? unfrozen)
    {
        StepBenchmarkResult best = runs.MinBy(run => run.MinS)!;
        // The product's speed is the best of all rounds: a disturbed one would flatter the step.
        double peak = runs.Max(run => run.GemmPeakGflops), operations = best.Gflops * best.StepS;
        return new StepRow
        {
            Model = @case.Model,
            Batch = @case.Batch,
            Seq = @case.Seq,
            FreezePrefix = @case.FreezePrefix,
            Kernels = best.Kernels ?? "off",
            Attention = best.Attention,
            CachePrefix = @case.CachesPrefix ? "ram" : "off",
            Torch = best.Torch,
            Blas = best.Blas,
            Threads = best.Threads,
            StepSeconds = Math.Round(best.MinS, 4),
            ShareOfGemm = @case.CachesPrefix ? null : Math.Round(operations / best.MinS / peak, 3),
            ActivationBytes = best.ActivationBytes,
            PeakBytes = best.PeakBytes,
            Peer = peer?.Torch,
            PeerSeconds = peer?.Seconds,
            PeerActivationBytes = peer?.ActivationBytes,
            TimeRatio = Ratio(best.MinS, peer?.Seconds),
            TimeRatioUnfrozen = Ratio(best.MinS, unfrozen?.Seconds),
            ActivationRatio = Ratio(best.ActivationBytes, peer?.ActivationBytes),
        };
    }

    private static double? Ratio(double? ours, double? theirs) => ours / theirs is { } ratio ? Math.Round(ratio, 3) : null;

    private static string Words(StepCase c) => string.Create(
        CultureInfo.InvariantCulture, $"{c.Model}, batch {c.Batch}, {c.Seq} tokens, {c.FreezePrefix} blocks frozen{(c.CachesPrefix ? " and kept" : "")}, kernels {(c.Kernels.Fused ? "on" : "off")}");

    private static string Words(StepRow r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{r.Model} b{r.Batch} s{r.Seq} prefix {r.FreezePrefix}, kernels {r.Kernels}, cache {r.CachePrefix}: {r.StepSeconds:F3} s, {r.ShareOfGemm:P0} of a product's speed, {r.ActivationBytes / 1e6:F0} MB; of the peer's: time {r.TimeRatio:F2} ({r.TimeRatioUnfrozen:F2} of its unfrozen), activations {r.ActivationRatio:F2}");
}
